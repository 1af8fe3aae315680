-- A sync that still runs on a stream holds its lease.
select s.sync_id, s.connection, s.stream, s.started_at, l.lease_holder, l.lease_sync_id
from runledger.sync_streams s
left join runledger.streams l on l.connection = s.connection and l.stream = s.stream
where s.status = 'running' and l.lease_sync_id is distinct from s.sync_id
order by s.sync_id, s.connection, s.stream
