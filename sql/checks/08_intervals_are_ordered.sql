-- No interval is reversed: earliest_at is not after latest_at, a reported time is both, and occurred_at is it, else latest_at.
select position, connection, stream, record_id, occurred_at, reported_at, earliest_at, latest_at
from runledger.events
where earliest_at > latest_at
  or occurred_at <> coalesce(reported_at, latest_at)
  or (reported_at is not null and (earliest_at is distinct from reported_at or latest_at <> reported_at))
order by position
