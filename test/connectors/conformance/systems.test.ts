import { describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { CONNECTORS } from '../../../src/connectors/connectors.ts';
import type { Connector } from '../../../src/model/connector.ts';
import type { Stream } from '../../../src/model/event.ts';
import { createStreamForm } from '../../../src/sync/stream-form.ts';
import type { ConformingSystem } from './conforming-system.ts';
import { openSystem, type OpenSystem } from './open-system.ts';
import { SYSTEMS } from './systems.ts';
import { addInState } from './world-states.ts';

describe('the table of systems', () => {
  it('has every connector, in every form of its streams', () => {
    const forms = Object.values(CONNECTORS).flatMap(({ name, streams }) =>
      Object.entries(streams).flatMap(([stream, forms]) => forms.map(({ generation }) => `${name} ${stream} ${generation}`)),
    );
    const held = SYSTEMS.flatMap(({ connector, streams }) =>
      streams.map(({ stream, generation }) => `${connector.name} ${stream} ${generation}`),
    );
    expect([...new Set(held)].sort()).toEqual(forms.sort());
  });

  it('calls each connector as the settings do', () => {
    for (const [name, connector] of Object.entries(CONNECTORS)) expect(connector.name).toBe(name);
  });
});

describe.each(SYSTEMS)('$title', (system) => {
  it.each(system.streams)('is recognised by what it answers of $stream', async ({ stream, generation }) => {
    const { opened, forms } = await systemWithRecords(system, stream);
    const log = pino({ level: 'silent' });
    const form = createStreamForm(forms, { generation: null, since: null }, { log, onFound: () => Promise.resolve() });
    await form.recognise(opened.api, opened.world.now, 'first');
    expect(form.source.generation).toBe(generation);
  });

  it.each(system.streams)(
    'answers of $stream as no form does that only servers of its own are said to speak',
    async ({ stream, generation }) => {
      const { opened, forms } = await systemWithRecords(system, stream);
      for (const { recognition, generation: other } of forms) {
        if (recognition === null) {
          expect(forms).toHaveLength(1);
          continue;
        }
        const { body, response } = await opened.api.read({ ...recognition.request, accept: [404, 405, 410, 422] });
        const isSpoken = response.status < 300 && recognition.isSpoken(body);
        if (other === generation) expect(isSpoken, other).toBe(true);
        else if (recognition.mayTakeOver) expect(isSpoken, other).toBe(false);
      }
    },
  );
});

async function systemWithRecords(
  system: ConformingSystem,
  stream: Stream,
): Promise<{ readonly opened: OpenSystem; readonly forms: NonNullable<Connector['streams'][Stream]> }> {
  const opened = await openSystem(system);
  addInState(opened.world, 'runs', 'queued');
  addInState(opened.world, 'documents', 'queued');
  const forms = opened.settings.connector.streams[stream];
  if (forms === undefined) throw new Error(`${system.connector.title} has no ${stream}`);
  return { opened, forms };
}
