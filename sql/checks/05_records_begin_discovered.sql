-- The first event of a record is discovered, and no other is.
select position, connection, stream, record_id, sequence, event_type
from runledger.events
where (sequence = 1) <> (event_type = 'discovered')
order by position
