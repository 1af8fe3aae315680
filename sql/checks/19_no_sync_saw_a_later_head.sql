-- No sync ended when the ledger was longer than it is now.
select s.sync_id, s.connection, s.stream, s.head_position as head_position_then, h.position as head_position_now
from runledger.ledger_head h
join (
  select sync_id, connection, stream, head_position from runledger.sync_streams
  union all
  select sync_id, null, null, head_position from runledger.syncs
) s on s.head_position > h.position
order by s.sync_id, s.connection, s.stream
