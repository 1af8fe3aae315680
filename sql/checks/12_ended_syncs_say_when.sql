-- A sync has a time of its end if and only if it has ended, on each stream and as a whole.
select sync_id, connection, stream, status, finished_at
from (
  select sync_id, connection, stream, status, finished_at from runledger.sync_streams
  union all
  select sync_id, null, null, status, finished_at from runledger.syncs
) s
where (status = 'running') <> (finished_at is null)
order by sync_id, connection, stream
