import { sql } from 'kysely';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Rejection } from '../../src/model/connector.ts';
import { addMicros, instantFromMillis, type Instant } from '../../src/model/instant.ts';
import type { Observation } from '../../src/model/observation.ts';
import { beginSync } from '../../src/record/begin-sync.ts';
import { beginScan } from '../../src/record/scans.ts';
import { takeLease } from '../../src/record/stream-lease.ts';
import { upsertConnection } from '../../src/record/upsert-connection.ts';
import { createRandom, pick } from '../../src/simulator/random.ts';
import type { Batch, BatchTarget } from '../../src/sync/batch.ts';
import { RESPONSE } from '../observe/evidence.ts';

const START = instantFromMillis(Date.UTC(2026, 0, 1));
const at = (second: number): Instant => addMicros(START, BigInt(second) * 1_000_000n);

/** A stream that is being read, as a batch finds it: its connection there, its lease taken, a scan begun. */
export async function beginStory(ledger: Ledger): Promise<{ readonly target: BatchTarget; readonly scanId: bigint }> {
  return await ledger.db.transaction().execute(async (trx) => {
    const [connection, stream] = ['c', 'runs'] as const;
    await upsertConnection(trx, { name: connection, connector: 'test', baseUrl: 'http://127.0.0.1', label: null, stuckAfterMs: null });
    const syncId = await beginSync(trx, { runledgerVersion: '0', host: 'h', processId: 1, configDigest: '' }, at(0));
    await takeLease(trx, { connection, stream, syncId, holder: 'me', mode: null, startedAt: at(0), isDead: () => true });
    const scanId = await beginScan(trx, { connection, stream, syncId, startedAt: at(0) });
    const kind = { name: 'test', reopensFrom: ['failed', 'succeeded'], isKeyed: false, finishTellsAttempts: false } as const;
    return {
      target: { connection, stream, syncId, kind, wordsSince: null, since: at(5), isDetailWanted: () => false, isDetailShownById: false },
      scanId,
    };
  });
}

/** Batches of one scan, each with something of all that a batch can write: new records and known ones, errors, workflows, an item that is rejected, a checkpoint. */
export function batchesOf(seed: number, scanId: bigint, count: number): readonly Batch[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index): Batch => {
    const second = 10 * (index + 1);
    const response = { ...RESPONSE, sentAt: at(second), receivedAt: at(second + 1), serverDate: at(second) };
    return {
      observations: Array.from({ length: 12 }, () => seen(random, `r${Math.floor(random() * 30)}`, response)),
      rejections: [{ ...REJECTED, digest: index.toString(16).padStart(64, '0'), response }],
      purpose: 'confirm',
      shownBy: 'all',
      scan: {
        id: scanId,
        otherKeys: [`folder ${index}`],
        checkpoint: { rowCount: 12 * (index + 1), pageSize: 12, total: 100, doubted: null, sourceStartedAt: at(0) },
      },
    };
  });
}

const REJECTED: Omit<Rejection, 'digest' | 'response'> = { reason: 'it has no id', shape: { status: 'text' }, length: 20, raw: null };

function seen(random: () => number, recordId: string, response: Observation['response']): Observation {
  const status = pick(random, ['queued', 'running', 'running', 'failed', 'succeeded'] as const);
  const workflow = `w${Math.floor(random() * 3)}`;
  return {
    recordId,
    reading: { kind: 'known', status, reason: null },
    sourceStatus: status,
    createdAt: at(0),
    queuedEvidence: at(0),
    ...(status === 'failed' && { error: pick(random, ['boom', 'bang']) }),
    facts: { workflow_id: workflow },
    workflow: { id: workflow, name: `Workflow ${workflow}`, type: null },
    body: { id: recordId, status },
    anomalies: [],
    response,
  };
}

/** All that batches write, by table. Left out is what chance and the clock put in: salts, digests keyed by them, and when it was recorded. */
export async function contentOf(ledger: Ledger): Promise<unknown> {
  const { rows } = await sql<{ content: unknown }>`
    select jsonb_build_object(
      'head', (select position from runledger.ledger_head),
      'events', (select jsonb_agg((to_jsonb(e) - '{recorded_at,chain_hash,details_digest,response_id,facts}'::text[])
        || jsonb_build_object('facts', e.facts - 'error_digest') order by e.position) from runledger.events e),
      'details', (select jsonb_agg(to_jsonb(d) - 'salt' order by d.position) from runledger.details d),
      'records', (select jsonb_agg(to_jsonb(r) - 'error_digest' order by r.record_id) from runledger.records r),
      'attempts', (select jsonb_agg(to_jsonb(a) - 'error_digest' order by a.record_id, a.attempt) from runledger.attempts a),
      'salted', (select jsonb_agg(s.record_id order by s.record_id) from runledger.record_salts s),
      'sightings', (select jsonb_agg(to_jsonb(s) - 'response_id' order by s.record_id) from runledger.sightings s),
      'answers', (select count(*) from runledger.responses),
      'workflows', (select jsonb_agg(to_jsonb(w) order by w.workflow_id) from runledger.workflows w),
      'rejections', (select jsonb_agg(to_jsonb(x) - '{rejection_id,response_id,first_seen_at,last_seen_at}'::text[] order by to_jsonb(x) ->> 'digest')
        from runledger.rejections x),
      'checkpoints', (select jsonb_agg(to_jsonb(c) - 'updated_at' order by c.scan_id) from runledger.checkpoints c),
      'scan seen', (select count(*) from runledger.scan_seen)
    ) as content`.execute(ledger.db);
  return rows[0]?.content;
}
