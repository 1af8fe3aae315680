-- A sighting is of a record, or of an id that is still to be read, or that the source did not know.
select s.connection, s.stream, s.record_id, s.first_seen_at, s.last_tried_at
from runledger.sightings s
left join runledger.records r on r.connection = s.connection and r.stream = s.stream and r.record_id = s.record_id
where r.record_id is null and s.next_read_at is null and s.missing_since_at is null
order by s.connection, s.stream, s.record_id
