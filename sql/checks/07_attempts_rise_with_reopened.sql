-- The attempt of a record is 1 at first, rises by one with reopened, and with nothing else.
select position, connection, stream, record_id, sequence, event_type, attempt, attempt_before
from (
  select
    position, connection, stream, record_id, sequence, event_type, attempt,
    lag(attempt, 1, 1) over (partition by connection, stream, record_id order by sequence) as attempt_before
  from runledger.events
) e
where attempt <> attempt_before + case when event_type = 'reopened' then 1 else 0 end
order by position
