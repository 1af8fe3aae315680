-- What is recorded later has a later position: recorded_at never falls along the positions.
select position, recorded_at, recorded_at_before
from (
  select position, recorded_at, lag(recorded_at) over (order by position) as recorded_at_before
  from runledger.events
) e
where recorded_at < recorded_at_before
order by position
