import { describe, expect, it } from 'vitest';
import type { SourceRequest } from '../../src/simulator/source-server.ts';
import { TEXT_OF_A_DOCUMENT } from '../../src/simulator/morphik/document-form.ts';
import type { MorphikServer } from '../../src/simulator/morphik/morphik-source.ts';
import { expectLawful, syncLater } from './absence-rig.ts';
import { expectCaughtUpIn, expectNothingInventedIn, expectSamePresentIn } from './hold-mixed.ts';
import { quietMorphik, rowsIn } from './morphik-rig.ts';
import type { Ledger } from '../../src/db/open-ledger.ts';

const FULL = { full: true };
const COMPLETE = { status: 'succeeded', error: null, is_complete: true, rejected_count: 0 };

/** From the oldest on, with what the ledger calls each of them. */
const FORMS = { bare_array: 'bare array', dotted_only: 'list_docs with dotted fields', current: 'list_docs' } as const satisfies Record<
  MorphikServer,
  string
>;
const SERVERS = Object.keys(FORMS) as readonly MorphikServer[];

/** All that becomes of documents, on several pages of every form. */
const MOVING = {
  documents: 210,
  rates: {
    documentFailureShare: 0.3,
    documentRetryShare: 0.5,
    documentRetrainShare: 0.2,
    documentEditShare: 0.2,
    documentsPerHour: 10,
    documentDeletionShare: 0.02,
  },
} as const;

async function generationOf(ledger: Ledger): Promise<unknown> {
  return (await rowsIn(ledger, 'select generation, generation_since_at is not null as was_another from runledger.streams'))[0];
}

describe.each(SERVERS)('documents of a server of form %s', (server) => {
  it('are all there, as they are, and asked for without their texts', async () => {
    const asked: SourceRequest[] = [];
    const watched = await quietMorphik(['documents'], {
      world: MOVING,
      server: { server, beforeRequest: (request) => void asked.push(request) },
    });
    const { rig, ledger } = watched;
    expect((await syncLater(watched)).stream).toMatchObject(COMPLETE);
    // What was finished and is shown at work is asked for by its id.
    const again = rig.world.documents.find(({ state, deletedAt }) => state === 'succeeded' && deletedAt === null)?.id ?? '';
    rig.world.retryDocument(again);
    for (const options of [{}, FULL]) expect((await syncLater(watched, options)).stream).toMatchObject(COMPLETE);
    await expectCaughtUpIn(ledger, [rig.system]);
    await expectNothingInventedIn(ledger, [rig.system]);
    expect(await generationOf(ledger)).toEqual({ generation: FORMS[server], was_another: false });
    // Never a whole document by its id; and no listing, the one that finds out the form included, without naming fields.
    const reads = asked.filter(({ method }) => method === 'GET').map(({ path }) => path);
    expect(reads).toContain(`/documents/${again}/status`);
    expect(reads.filter((path) => !path.endsWith('/status'))).toEqual([]);
    for (const { body } of asked.filter(({ method }) => method === 'POST')) {
      const { fields } = JSON.parse(body) as { readonly fields?: readonly string[] };
      expect(fields).toContain('external_id');
      expect(fields?.filter((field) => /content$|^system_metadata$/.test(field))).toEqual([]);
    }
    await expectLawful(ledger);
  });

  it.each(['redacted', 'full', 'none'] as const)('leave no text of theirs in any table, payloads: %s', async (payloads) => {
    const answers: string[] = [];
    const watched = await quietMorphik(['documents'], {
      world: { ...MOVING, documents: 60 },
      server: {
        server,
        keepsErrors: true,
        intercept: (_, honest) => {
          const answer = honest();
          answers.push(JSON.stringify(answer.body));
          // A row that cannot be understood is kept too, its content under `full` alone.
          return { ...answer, body: withoutFirstId(answer.body) };
        },
      },
      connection: { payloads },
    });
    for (const options of [{}, FULL]) {
      const { stream } = await syncLater(watched, options);
      expect(stream.rejected_count).toBeGreaterThan(0);
    }
    expect(answers.some((answer) => answer.includes(TEXT_OF_A_DOCUMENT))).toBe(server === 'bare_array');
    expect(await tablesWith(watched.ledger, TEXT_OF_A_DOCUMENT)).toEqual([]);
    // What is looked for would be found: names of documents are kept under `full` where they were shown.
    const isNameKept = payloads === 'full' && server === 'bare_array';
    expect(await tablesWith(watched.ledger, 'application/pdf')).toEqual(payloads === 'none' ? [] : expect.arrayContaining(['details']));
    expect((await tablesWith(watched.ledger, '"filename"')).includes('details')).toBe(isNameKept);
  });
});

/** The first row of a listing loses its id. */
function withoutFirstId(body: unknown): unknown {
  if (Array.isArray(body)) return body.map((row: object, index) => (index === 0 ? { ...row, external_id: '' } : row));
  const { documents } = body as { readonly documents?: readonly object[] };
  return documents === undefined ? body : { ...(body as object), documents: withoutFirstId(documents) };
}

async function tablesWith(ledger: Ledger, text: string): Promise<readonly string[]> {
  const tables = await rowsIn(
    ledger,
    `select table_name from information_schema.tables where table_schema = 'runledger' and table_type = 'BASE TABLE' order by table_name`,
  );
  const found: string[] = [];
  for (const { table_name: name } of tables) {
    const table = `runledger."${String(name)}"`;
    const [row] = await rowsIn(ledger, `select count(*) as count from ${table} t where strpos(to_jsonb(t)::text, '${text}') > 0`);
    if (row?.['count'] !== 0n) found.push(String(name));
  }
  return found;
}

describe('a server that is upgraded between syncs', () => {
  it.each([
    ['from one form to the next', ['bare_array', 'dotted_only', 'current']],
    ['over one form', ['bare_array', 'current']],
    ['and put back and upgraded again', ['current', 'bare_array', 'dotted_only', 'current']],
  ] as const)('%s loses and invents nothing', async (_name, versions) => {
    let version: MorphikServer = versions[0];
    const watched = await quietMorphik(['documents'], { world: MOVING, server: { server: () => version } });
    const { rig, ledger } = watched;
    for (const next of versions) {
      version = next;
      for (let sync = 0; sync < 2; sync += 1) {
        const { events, stream } = await syncLater(watched);
        expect(stream).toMatchObject(COMPLETE);
        expect(events.filter((event) => event.includes('appeared'))).toEqual([]);
        await expectCaughtUpIn(ledger, [rig.system]);
      }
    }
    // A newer form beside one that is still answered is looked for by full scans.
    for (let scan = 0; scan < 2; scan += 1)
      expect((await syncLater(watched, FULL)).stream).toMatchObject({ ...COMPLETE, has_absence_proof: true });
    expect(await generationOf(ledger)).toEqual({ generation: FORMS[version], was_another: true });
    await expectSamePresentIn(ledger, [rig.system]);
    await expectNothingInventedIn(ledger, [rig.system]);
    await expectLawful(ledger);
  });

  it('and where nothing else happens appends nothing', async () => {
    let version: MorphikServer = 'bare_array';
    const watched = await quietMorphik(['documents'], { world: { documents: 120 }, server: { server: () => version } });
    await syncLater(watched);
    for (version of SERVERS) {
      for (const options of [{}, FULL]) expect(await syncLater(watched, options)).toMatchObject({ events: [], stream: COMPLETE });
    }
  });
});

describe('times of documents', () => {
  it.each(['isoformat', 'blank', 'mixed'] as const)('are understood to the microsecond, written as %s', async (documentTimes) => {
    const watched = await quietMorphik(['documents'], { world: { documents: 30 }, server: { documentTimes } });
    await syncLater(watched);
    const rows = await rowsIn(watched.ledger, 'select record_id, created_at, source_updated_at from runledger.documents');
    expect(new Set(rows)).toEqual(
      new Set(
        watched.rig.world.documents.map(({ id, createdAt, updatedAt }) => ({
          record_id: id,
          created_at: createdAt,
          source_updated_at: updatedAt,
        })),
      ),
    );
  });

  it('that are written otherwise than before are the same times', async () => {
    let isBlank = false;
    const watched = await quietMorphik(['documents'], {
      world: { documents: 30 },
      server: {
        documentTimes: 'isoformat',
        intercept: (_, honest) => {
          const answer = honest();
          return isBlank ? { ...answer, body: JSON.stringify(answer.body).replaceAll(/(\d{4}-\d\d-\d\d)T(\d\d:)/g, '$1 $2') } : null;
        },
      },
    });
    await syncLater(watched);
    isBlank = true;
    for (const options of [{}, FULL]) expect(await syncLater(watched, options)).toMatchObject({ events: [], stream: COMPLETE });
  });
});
