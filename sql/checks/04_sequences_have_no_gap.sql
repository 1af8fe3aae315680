-- The events of a record are numbered 1, 2, … without a gap, in the order of their positions.
select position, connection, stream, record_id, sequence, sequence_before, position_before
from (
  select
    position, connection, stream, record_id, sequence,
    lag(sequence, 1, 0) over by_record as sequence_before,
    lag(position) over by_record as position_before
  from runledger.events
  window by_record as (partition by connection, stream, record_id order by sequence)
) e
where sequence <> sequence_before + 1 or position <= position_before
order by position
