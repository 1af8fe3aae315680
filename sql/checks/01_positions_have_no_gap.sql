-- Positions are 1, 2, … without a gap.
select position, expected_position
from (
  select position, coalesce(lag(position) over (order by position), 0) + 1 as expected_position
  from runledger.events
) e
where position <> expected_position
order by position
