import { sql, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Instant } from '../model/instant.ts';
import { recordset } from './recordset.ts';

const COLUMNS = { workflow_id: 'text', name: 'text', type: 'text', seen_at: 'timestamptz' } as const;

export interface WorkflowRow {
  readonly workflow_id: string;
  readonly name: string | null;
  readonly type: string | null;
  readonly seen_at: Instant;
}

/** Keeps names and types of workflows as last seen; one that did not change is not written again. */
export async function upsertWorkflows(
  trx: Transaction<LedgerTables>,
  connection: string,
  workflows: readonly WorkflowRow[],
): Promise<void> {
  if (workflows.length === 0) return;
  await sql`
    insert into runledger.workflows as w (connection, workflow_id, name, type, seen_at)
    select ${connection}, x.workflow_id, x.name, x.type, x.seen_at
    from ${recordset(workflows, COLUMNS)}
    order by x.workflow_id
    on conflict (connection, workflow_id) do update set
      name = coalesce(excluded.name, w.name),
      type = coalesce(excluded.type, w.type),
      seen_at = excluded.seen_at
    where excluded.seen_at >= w.seen_at
      and (coalesce(excluded.name, w.name), coalesce(excluded.type, w.type)) is distinct from (w.name, w.type)`.execute(trx);
}
