-- No answer arrived before its request was sent.
select response_id, sync_id, path, sent_at, received_at
from runledger.responses
where received_at < sent_at
order by response_id
