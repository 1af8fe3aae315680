import { describe, expect, it } from 'vitest';
import { NO_FACTS } from '../../src/model/facts.ts';
import { instantFromMillis } from '../../src/model/instant.ts';
import type { Observation } from '../../src/model/observation.ts';
import type { RecordState } from '../../src/model/record.ts';
import { supplement } from '../../src/sync/supplement.ts';
import { RESPONSE } from '../observe/evidence.ts';

const [known, other] = [instantFromMillis(1_000), instantFromMillis(1_001)];
const record = { createdAt: known, startedAt: null, finishedAt: null, facts: { ...NO_FACTS, collection_id: 'kb1' } } as RecordState;
const observation: Observation = {
  recordId: 'a',
  reading: { kind: 'known', status: 'succeeded', reason: null },
  sourceStatus: 'completed',
  createdAt: other,
  queuedEvidence: other,
  finishedAt: other,
  terminalEvidence: other,
  facts: { collection_id: 'kb2', workflow_id: 'w' },
  body: null,
  anomalies: [],
  response: RESPONSE,
};

describe('an observation of a feed that is not authoritative', () => {
  it('tells what is not known, and contradicts nothing', () => {
    const { createdAt, queuedEvidence, ...rest } = observation;
    expect([createdAt, queuedEvidence]).toEqual([other, other]);
    expect(supplement(record, observation)).toEqual({ ...rest, facts: { workflow_id: 'w' } });
  });

  it('still shows another status, and clears no time that is known', () => {
    const shown = supplement({ ...record, finishedAt: known }, { ...observation, finishedAt: null, terminalEvidence: null });
    expect(shown).toMatchObject({ sourceStatus: 'completed', reading: { status: 'succeeded' } });
    expect(shown).not.toHaveProperty('finishedAt');
    expect(shown).not.toHaveProperty('terminalEvidence');
  });
});
