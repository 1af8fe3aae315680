-- Positions are given in the order of commits, under a lock: what is not there yet when a reader asks comes after all that is there. So a reader that keeps the
-- last position that it got, and asks for what is after it, misses nothing and gets nothing twice.
create or replace function runledger.event_feed(after_position bigint default 0, max integer default 1000)
returns setof runledger.event_evidence
language sql
stable
parallel safe
rows 1000
as $function$
  select *
  from runledger.event_evidence e
  where e.position > event_feed.after_position
  order by e.position
  limit event_feed.max
$function$;

comment on function runledger.event_feed(bigint, integer) is
  'Events after a position in the order of positions, at most max of them, each as a row of event_evidence. Who keeps the last position and asks for what is after it misses nothing: positions have no gap and are given in the order of commits.';
