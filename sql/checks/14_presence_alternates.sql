-- A record disappears only while it is present, and reappears only while it is gone.
select position, connection, stream, record_id, sequence, event_type, event_type_before
from (
  select
    position, connection, stream, record_id, sequence, event_type,
    lag(event_type, 1, 'reappeared') over (partition by connection, stream, record_id order by sequence) as event_type_before
  from runledger.events
  where event_type in ('disappeared', 'reappeared')
) e
where event_type = event_type_before
order by position
