-- An error text or a body is kept only of an event that has a digest of it.
select d.position, e.position is not null as has_event
from runledger.details d
left join runledger.events e on e.position = d.position
where e.details_digest is null
order by d.position
