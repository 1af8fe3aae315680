import { onTestFinished } from 'vitest';
import type {
  KnowledgeStackSimulator,
  KnowledgeStackSimulatorOptions,
} from '../../../src/simulator/knowledge-stack/start-knowledge-stack-simulator.ts';
import { startKnowledgeStackSimulator } from '../../../src/simulator/knowledge-stack/start-knowledge-stack-simulator.ts';
import type { World } from '../../../src/simulator/world.ts';

export interface KnowledgeStack {
  readonly server: KnowledgeStackSimulator;
  /** What a request with the key is answered; the body is null where there is none. */
  ask(path: string, method?: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  /** The rows of a page, or of a single record. */
  rows(path: string): Promise<Row[]>;
}

/** Of a row, the fields of either generation that the tests look at. */
export type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly workflow_id: string; readonly status: string };

/** A server that lives until the test is over. */
export async function openKnowledgeStack(world: World, options: Partial<KnowledgeStackSimulatorOptions> = {}): Promise<KnowledgeStack> {
  const server = await startKnowledgeStackSimulator({ world, apiKey: 'key', ...options });
  onTestFinished(() => server.close());
  const ask = async (path: string, method = 'GET', body?: unknown): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: 'Bearer key', 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  };
  const rows = async (path: string): Promise<Row[]> => {
    const { body } = (await ask(path)) as { body: { items?: Row[] } & Row };
    return body.items ?? [body];
  };
  return { server, ask, rows };
}
