-- A record disappears only by a sync that had seen every record of its stream, or after one that had.
-- A sync that runs, or was killed, has not said yet, or never will, what it had proven.
select e.position, e.connection, e.stream, e.record_id, e.sync_id, s.status as sync_status, p.sync_id as first_proof_sync_id
from runledger.events e
left join runledger.sync_streams s on s.sync_id = e.sync_id and s.connection = e.connection and s.stream = e.stream
left join (
  select connection, stream, min(sync_id) as sync_id
  from runledger.sync_streams
  where has_absence_proof
  group by connection, stream
) p on p.connection = e.connection and p.stream = e.stream
where e.event_type = 'disappeared'
  and (p.sync_id is null or p.sync_id > e.sync_id)
  and coalesce(s.status, '') not in ('running', 'interrupted')
order by e.position
