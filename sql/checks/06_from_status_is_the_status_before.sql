-- An event that sets a status names in from_status the one that was set before it.
select position, connection, stream, record_id, sequence, from_status, status_before
from (
  select
    position, connection, stream, record_id, sequence, from_status,
    lag(to_status) over (partition by connection, stream, record_id order by sequence) as status_before
  from runledger.events
  where event_type in ('discovered', 'status_changed', 'reopened', 'reclassified')
) e
where from_status is distinct from status_before
order by position
