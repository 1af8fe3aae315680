-- Every event but a redaction was recorded by a sync that read its stream, and its answer is of that sync.
select e.position, e.connection, e.stream, e.record_id, e.event_type, e.sync_id, w.sync_id as answer_sync_id
from runledger.events e
left join runledger.sync_streams s on s.sync_id = e.sync_id and s.connection = e.connection and s.stream = e.stream
left join runledger.responses w on w.response_id = e.response_id
where e.event_type <> 'redacted' and (s.sync_id is null or w.sync_id <> e.sync_id)
order by e.position
