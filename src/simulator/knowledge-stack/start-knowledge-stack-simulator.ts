import { RunledgerError } from '../../model/errors.ts';
import type { Instant } from '../../model/instant.ts';
import { derivedUuid } from '../derived-uuid.ts';
import type { ServerHooks, SourceServer } from '../source-server.ts';
import { startSourceServer } from '../source-server.ts';
import type { World } from '../world.ts';
import type { KnowledgeStackSource } from './knowledge-stack-source.ts';
import { answerKnowledgeStack } from './route.ts';
import type { KnowledgeStackSettings } from './settings.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

export interface KnowledgeStackSimulatorOptions extends ServerHooks, Partial<KnowledgeStackSettings> {
  readonly world: World;
  /** The only key that is let in. */
  readonly apiKey: string;
  /** The server's clock; the world's if left out. */
  readonly now?: () => Instant;
}

export interface KnowledgeStackSimulator extends SourceServer {
  /** Approves a run now, whatever its state. @throws RunledgerError bad_argument for one that is not there, or needs nobody's approval */
  approve(runId: string): void;
  /** Deletes a definition now, and its runs with it where they do not outlive it. @throws RunledgerError bad_argument for one that is not there */
  deleteDefinition(id: string): void;
}

/** A Knowledge Stack server over a world, on a free port of 127.0.0.1. Each answer shows one moment of the world. */
export async function startKnowledgeStackSimulator(options: KnowledgeStackSimulatorOptions): Promise<KnowledgeStackSimulator> {
  const { world, apiKey } = options;
  const settings: KnowledgeStackSettings = { tenantId: derivedUuid(`tenant of world ${world.seed}`), ...DEFAULT_SETTINGS, ...options };
  const source: KnowledgeStackSource = { world, apiKey, settings, approvals: new Map(), deletedDefinitions: new Set() };
  const server = await startSourceServer({
    ...options,
    now: options.now ?? (() => world.now),
    answer: (request) => answerKnowledgeStack(source, request),
  });
  return {
    ...server,
    approve(runId) {
      const run = world.run(runId);
      if (run?.deletedAt !== null) throw new RunledgerError('bad_argument', `The source has no run ${runId}.`);
      if (!settings.needsApproval(run)) throw new RunledgerError('bad_argument', `Run ${runId} needs nobody's approval.`);
      source.approvals.set(runId, world.now);
    },
    deleteDefinition(id) {
      if (source.deletedDefinitions.has(id) || !world.workflows.some((workflow) => workflow.id === id)) {
        throw new RunledgerError('bad_argument', `The source has no definition ${id}.`);
      }
      source.deletedDefinitions.add(id);
      if (settings.runsOutliveDefinitions) return;
      for (const run of world.runs) if (run.workflow.id === id && run.deletedAt === null) world.deleteRun(run.id);
    },
  };
}
