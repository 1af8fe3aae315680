import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { getHttpOperationsFromSpec } from '@stoplight/prism-http';
import { createServer } from '@stoplight/prism-http-server';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { descriptionFile, type ApiName } from './openapi-validator.ts';

/**
 * A server by people who do not know runledger, made from nothing but the description of an API: Prism, Stoplight's mock server. It refuses a request that
 * is not as described (422), or that has no credential where one is asked for (401); any credential will do. It has no memory: whatever page or id is
 * asked for, an operation answers by its schema alone.
 */
export interface PrismServer {
  /** Without a slash at the end; the paths of the description follow at once, its `servers` do not matter. */
  readonly url: string;
  /** `GET /v1/runs`, in order of arrival. */
  readonly requests: readonly string[];
  /** What was wrong with requests, in Prism's words. */
  readonly violations: readonly string[];
}

export interface PrismOptions {
  readonly api: ApiName;
  /** `static`: each field has its first value that the schema allows, always the same. `dynamic`: values and fields by chance, out of the seed. */
  readonly mode: 'static' | 'dynamic';
  readonly seed?: string;
  /**
   * More that is true of the fields of these names, wherever they stand, as keywords of JSON Schema: of what no schema says, such as that everything
   * belongs to one account, or that a total is the number of rows.
   */
  readonly narrowed?: Narrowing;
  /** Only what this generation of the API has, of a description that has several. */
  readonly generation?: 1 | 2;
}

export type Narrowing = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Starts Prism on a free port of 127.0.0.1, in this process, until the test is over. */
export async function startPrism({ api, mode, seed = 'runledger', narrowed = {}, generation }: PrismOptions): Promise<PrismServer> {
  const description = JSON.parse(readFileSync(descriptionFile(api), 'utf8')) as Description;
  const ofOne = generation === undefined ? description : ofGeneration(description, generation);
  const narrower = narrow(ofOne, narrowed);
  const operations = await getHttpOperationsFromSpec((mode === 'static' ? withFirstOf(narrower) : narrower) as object);
  const heard: Heard = { requests: [], violations: [] };
  const server = createServer(operations, {
    cors: false,
    components: { logger: listen(heard) },
    config: {
      mock: { dynamic: mode === 'dynamic', seed },
      isProxy: false,
      checkSecurity: true,
      validateRequest: true,
      validateResponse: true,
      errors: false,
      upstreamProxy: undefined,
    },
  });
  const url = await server.listen(0, '127.0.0.1');
  onTestFinished(() => server.close());
  return { url, ...heard };
}

type PrismLogger = Parameters<typeof createServer>[1]['components']['logger'];

interface Heard {
  readonly requests: string[];
  readonly violations: string[];
}

/** Prism tells what it was asked, and what was wrong with it, only to its log. */
function listen({ requests, violations }: Heard): PrismLogger {
  const lines = new Writable({
    write(line: Buffer, _encoding, done) {
      const { msg = '', input } = JSON.parse(line.toString('utf8')) as LogLine;
      if (input !== undefined && msg === 'Request received') requests.push(`${input.method.toUpperCase()} ${input.url.path}`);
      if (msg.startsWith('Violation: request')) violations.push(msg);
      done();
    },
  });
  // Two levels of its own that it expects to find. Its types are those of an older pino.
  return pino({ level: 'info', customLevels: { success: 31, start: 32 } }, lines) as unknown as PrismLogger;
}

interface LogLine {
  readonly msg?: string;
  readonly input?: { readonly method: string; readonly url: { readonly path: string } };
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly 'x-generation'?: number | readonly number[] }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** The description without the operations of other generations, and of what differs between generations the one form. */
function ofGeneration(description: Description, generation: number): object {
  const paths = Object.entries(description.paths).filter(([, operations]) =>
    Object.values(operations).some(({ 'x-generation': having }) => having === undefined || [having].flat().includes(generation)),
  );
  const schemas = Object.entries(description.components.schemas).map(([name, schema]): [string, object] => {
    const form = `${name}V${generation}`;
    return [name, form in description.components.schemas ? { $ref: `#/components/schemas/${form}` } : schema];
  });
  return {
    ...description,
    paths: Object.fromEntries(paths),
    components: { ...description.components, schemas: Object.fromEntries(schemas) },
  };
}

function narrow(node: unknown, narrowed: Narrowing): unknown {
  if (Array.isArray(node)) return node.map((item) => narrow(item, narrowed));
  if (typeof node !== 'object' || node === null) return node;
  const copy: Readonly<Record<string, unknown>> = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, narrow(value, narrowed)]),
  );
  const { properties } = copy as { properties?: Readonly<Record<string, object>> };
  if (properties === undefined) return copy;
  const fields = Object.entries(properties).map(([name, schema]): [string, object] => [name, { ...schema, ...narrowed[name] }]);
  return { ...copy, properties: Object.fromEntries(fields) };
}

/** Of alternatives that only require different fields, the first: the static mode makes an empty object of an object that has any. */
function withFirstOf(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withFirstOf);
  if (typeof node !== 'object' || node === null) return node;
  const copy: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withFirstOf(value)]));
  if (!('properties' in copy) || !Array.isArray(copy['anyOf'])) return copy;
  const { anyOf, ...rest } = copy as { anyOf: readonly { required?: readonly string[] }[]; required?: readonly string[] };
  return { ...rest, required: [...(rest.required ?? []), ...(anyOf[0]?.required ?? [])] };
}
