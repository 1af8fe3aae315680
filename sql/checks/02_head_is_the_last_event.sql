-- The head is the last event: its position, its hash, and no earlier time of recording.
select
  h.position as head_position,
  last.position as last_position,
  encode(h.chain_hash, 'hex') as head_hash,
  encode(last.chain_hash, 'hex') as last_hash,
  h.recorded_at as head_recorded_at,
  last.recorded_at as last_recorded_at
from (select) one
left join runledger.ledger_head h on true
left join (select position, chain_hash, recorded_at from runledger.events order by position desc limit 1) last on true
where h.position is null
  or h.position <> coalesce(last.position, 0)
  or h.chain_hash <> last.chain_hash
  or h.recorded_at < last.recorded_at
