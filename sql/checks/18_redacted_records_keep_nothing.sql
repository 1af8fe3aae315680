-- Of a redacted record no error text, no body, no key and no word of what it was doing is kept.
with redacted as (
  select distinct connection, stream, record_id
  from runledger.events
  where event_type = 'redacted'
)
select e.position, e.connection, e.stream, e.record_id, 'details' as kept
from redacted r
join runledger.events e on e.connection = r.connection and e.stream = r.stream and e.record_id = r.record_id
join runledger.details d on d.position = e.position
where d.salt is not null or d.error is not null or d.body is not null
union all
select null, k.connection, k.stream, k.record_id, 'record_salts'
from redacted r
join runledger.record_salts k on k.connection = r.connection and k.stream = r.stream and k.record_id = r.record_id
union all
select null, s.connection, s.stream, s.record_id, 'sightings'
from redacted r
join runledger.sightings s on s.connection = r.connection and s.stream = r.stream and s.record_id = r.record_id
where s.last_activity is not null
order by connection, stream, record_id, position
