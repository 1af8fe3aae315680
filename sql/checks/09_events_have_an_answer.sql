-- Every event but a redaction rests on an answer of the source that is kept.
select e.position, e.connection, e.stream, e.record_id, e.event_type, e.response_id
from runledger.events e
left join runledger.responses w on w.response_id = e.response_id
where e.event_type <> 'redacted' and w.response_id is null
order by e.position
