-- Of a redacted record no error text, no body and no key is kept.
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
order by connection, stream, record_id, position
