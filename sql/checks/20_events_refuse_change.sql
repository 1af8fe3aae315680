-- The triggers that refuse to change events are there, and fire for everybody.
select expected.tgname as trigger_name, t.tgenabled as enabled
from (values ('events_refuse_change'), ('events_refuse_truncate')) as expected (tgname)
left join pg_catalog.pg_trigger t
  on t.tgname = expected.tgname and t.tgrelid = 'runledger.events'::regclass and not t.tgisinternal
where t.tgenabled is distinct from 'A'
order by 1
