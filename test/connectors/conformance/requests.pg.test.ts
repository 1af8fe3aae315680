import { describe, expect, it } from 'vitest';
import { trackRecords } from '../../../src/sync/track.ts';
import { silent } from '../../support/ledger.ts';
import type { Stream } from '../../../src/model/event.ts';
import type { World } from '../../../src/simulator/world.ts';
import type { ApiRequest, Connector } from '../../../src/model/connector.ts';
import { checkConnection } from '../../../src/sync/check.ts';
import { IDS, isAllowed, requestsOf } from './requests-of.ts';
import { formOf, openSystem } from './open-system.ts';
import { sharedLedger } from './shared-ledger.ts';
import { SYSTEMS } from './systems.ts';
import { addInState, remove, STATES } from './world-states.ts';

/** What servers are really asked in a life with everything in it. Every other test here looks at that, too, when it closes its server. */

const ledger = sharedLedger();
const HOUR_MS = 3_600_000;

describe.each(SYSTEMS)('$title', (system) => {
  it('is only ever read: new, changed, open, failed, deleted, hidden and unknown records, and for the check of a connection', async () => {
    const hidden = new Set<string>();
    const opened = await openSystem(system, { onRecord: (record, { id }) => (hidden.has(id) ? null : record) });
    const { world, server, settings } = opened;
    const ids = system.streams.flatMap(({ stream, idOf }) =>
      STATES[stream].map((state) => ({ stream, idOf, id: addInState(world, stream, state) })),
    );
    await opened.sync(ledger());
    for (const { stream } of system.streams) {
      const recordIds = ['5b0f6f1e-1c7d-4e86-9a57-2f3d6a1b0001'];
      await trackRecords(ledger(), { connection: settings.name, stream, recordIds, now: world.now, log: silent });
    }
    world.advanceBy(HOUR_MS);
    for (const { stream, id } of ids.slice(0, 2)) moveOn(world, stream, id);
    // Open, and in no list any more.
    for (const { id, idOf } of ids.slice(2, 3)) hidden.add(idOf(id));
    await opened.sync(ledger());
    for (const { stream, id } of ids) if (id === ids.findLast((one) => one.stream === stream)?.id) remove(world, stream, id);
    for (let syncs = 0; syncs < 2; syncs += 1) {
      world.advanceBy(HOUR_MS);
      await opened.sync(ledger(), { full: true });
    }
    const signal = new AbortController().signal;
    expect(await checkConnection(settings, { log: silent, signal, now: () => world.now })).toMatchObject({ ok: true });
    expect(server.requests.filter((request) => !isAllowed(system.connector.name, request))).toEqual([]);
    const asked = namesOf(server.requests);
    expect([...asked].filter((request) => !namesOf(requestsOf(settings.connector)).has(request))).toEqual([]);
    // And nearly all that it can build for this server was among them: parents are asked for by their ids only where one is gone.
    const forms = Object.fromEntries(system.streams.map((entry) => [entry.stream, [formOf(opened, entry)]]));
    const needed = requestsOf({ ...settings.connector, streams: forms });
    expect(
      [...namesOf(needed.filter((request) => !isOfParent(settings.connector, request)))].filter((request) => !asked.has(request)),
    ).toEqual([]);
  });
});

function moveOn(world: World, stream: Stream, id: string): void {
  if (stream === 'runs') world.moveRun(id, 'failed');
  else world.moveDocument(id, 'failed');
}

function isOfParent({ streams }: Connector, request: ApiRequest): boolean {
  const feeds = Object.values(streams).flatMap((forms) => forms.flatMap(({ feeds }) => feeds));
  return feeds.some(({ parents }) => IDS.some((id) => parents?.byId(id).path === request.path));
}

/** What is asked, whichever record or parent it is asked of. */
function namesOf(requests: readonly { readonly method: string; readonly path: string }[]): ReadonlySet<string> {
  const ids = new RegExp([...IDS.map((id) => encodeURIComponent(id).replaceAll('.', '\\.')), ANY_ID].join('|'), 'g');
  return new Set(requests.map(({ method, path }) => `${method} ${path.replaceAll(ids, '{id}')}`));
}

/** As the simulators make them. */
const ANY_ID = '(?:ingest-doc%3A)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
