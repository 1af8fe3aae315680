-- The signature makes alike errors one: addresses, quoted texts, ids, paths and numbers are taken out, from the outside in, each step blind to what the
-- steps before it put there. Only the beginning of an error counts, so that a stack trace of a megabyte costs no more than a sentence.
create or replace view runledger.failures as
select
  a.connector,
  a.connection,
  a.stream,
  a.record_key,
  a.record_id,
  a.attempt,
  a.workflow_id,
  a.workflow_name,
  a.collection_id,
  a.queued_at,
  a.started_at,
  a.finished_at,
  a.finished_earliest_at,
  a.finished_latest_at,
  a.run_seconds,
  a.total_seconds,
  a.error,
  nullif(btrim(left(
    regexp_replace(
      regexp_replace(
        regexp_replace(
          regexp_replace(
            regexp_replace(
              regexp_replace(
                left(a.error, 600),
                '[a-z][a-z0-9+.-]*://[^\s"''`<>)\]]+', '<url>', 'gi'
              ),
              '"[^"\n]*"|`[^`\n]*`|(?<![[:alnum:]])''[^''\n]*''(?![[:alnum:]])', '<text>', 'g'
            ),
            '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[^\s@<>]+@[^\s@<>]+\.[a-z]+|\m(?=[a-z_-]*[0-9])[a-z0-9_-]{16,}\M', '<id>', 'gi'
          ),
          '(?<![[:alnum:]<>/])(?:~|\.{1,2}|[a-z]:)?(?:[/\\][^\s/\\:;,()<>]+)+[/\\]?', '<path>', 'gi'
        ),
        '[0-9]+(?:[.,:][0-9]+)*', '<n>', 'g'
      ),
      '\s+', ' ', 'g'
    ),
    300
  )), '') as error_signature,
  case when a.is_latest_attempt then r.errored_node_count end as errored_node_count,
  case when a.is_latest_attempt then r.warning_kinds end as warning_kinds,
  case when a.is_latest_attempt and r.status = 'failed' then r.status_reason end as status_reason,
  a.is_latest_attempt,
  a.is_present,
  a.error_position
from runledger.all_attempts a
join runledger.records r on r.connection = a.connection and r.stream = a.stream and r.record_id = a.record_id
where a.outcome = 'failed' and not a.is_flap;

comment on view runledger.failures is
  'A failed attempt: its workflow, its error, and a signature that alike errors share. A flap repeats the attempt before and is left out.';
comment on column runledger.failures.connector is 'Code for the source system: noxus, morphik or knowledge_stack.';
comment on column runledger.failures.connection is 'The configured account at the source system, by its permanent name.';
comment on column runledger.failures.stream is 'runs or documents. Nothing is to be aggregated across streams.';
comment on column runledger.failures.record_key is 'connection/stream/record_id: names the record in the whole ledger.';
comment on column runledger.failures.record_id is 'The source''s own id of the record.';
comment on column runledger.failures.attempt is 'The attempt that failed, from 1.';
comment on column runledger.failures.workflow_id is 'The source''s id of the workflow; null where the record has none.';
comment on column runledger.failures.workflow_name is 'The workflow''s name as last seen; null where the source showed none.';
comment on column runledger.failures.collection_id is 'Knowledge base or folder; null where the record belongs to none.';
comment on column runledger.failures.queued_at is
  'When this attempt was queued: reported, else when it was first seen so; null where nothing shows it.';
comment on column runledger.failures.started_at is
  'When this attempt started to run: reported, else when it was first seen so; null where nothing shows it.';
comment on column runledger.failures.finished_at is 'When it failed: reported, else when it was first seen so.';
comment on column runledger.failures.finished_earliest_at is
  'Earliest possible time of finished_at; null is unbounded. Equal to finished_latest_at where the source reported the time.';
comment on column runledger.failures.finished_latest_at is 'Latest possible time of finished_at.';
comment on column runledger.failures.run_seconds is
  'Time from started to finished in seconds: exact where both times are reported, else the middle of what the evidence allows; null where that is not bounded.';
comment on column runledger.failures.total_seconds is
  'Time from queued to finished in seconds: exact where both times are reported, else the middle of what the evidence allows; null where that is not bounded.';
comment on column runledger.failures.error is
  'The source''s error text of this attempt; null where it gave none, where none is stored, and after redaction.';
comment on column runledger.failures.error_signature is
  'The error without what differs from one to the next: addresses, quoted texts, ids, paths and numbers. Of the first 2,000 characters of the error, at most 300. Null where there is no error text.';
comment on column runledger.failures.errored_node_count is 'Nodes that failed, where the source shows them; only of the record''s latest attempt.';
comment on column runledger.failures.warning_kinds is 'Kinds of warnings that the source reported, sorted; only of the record''s latest attempt.';
comment on column runledger.failures.status_reason is 'timeout or quota, where the source tells; only of the record''s latest attempt.';
comment on column runledger.failures.is_latest_attempt is 'Whether this is the record''s latest attempt: if not, it was tried again.';
comment on column runledger.failures.is_present is 'Whether the source still shows the record; false after a proven disappearance.';
comment on column runledger.failures.error_position is 'Position of the event that brought the error text.';
