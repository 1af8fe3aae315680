import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';

/** Whose description lies in `test/connectors/openapi/`. */
export type ApiName = 'noxus' | 'morphik' | 'knowledgestack';

/**
 * Holds an answer to the schema that the source's description gives for it, with what its enums are known to leave out (`x-undocumented-values`).
 * Fields that the description does not name pass, as they do there: see `expectOnlyKnownFields`.
 *
 * @param pathTemplate as the description writes it, `/v1/runs/{run_id}`
 */
export function expectValid(api: ApiName, method: string, pathTemplate: string, status: number, body: unknown): void {
  expectToPass(validatorOf({ api, method, pathTemplate, status, isClosed: false }), `${method} ${pathTemplate} ${status} of ${api}`, body);
}

/** The same, and that every object whose fields the description lists has no other: a simulated source must not invent any. */
export function expectOnlyKnownFields(api: ApiName, method: string, pathTemplate: string, status: number, body: unknown): void {
  expectToPass(validatorOf({ api, method, pathTemplate, status, isClosed: true }), `${method} ${pathTemplate} ${status} of ${api}`, body);
}

/** The paths of a description with their methods, `GET /v1/runs`, in its order: so that a test can say that it left none out. */
export function operationsOf(api: ApiName): readonly string[] {
  return Object.entries(readDescription(api).paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** Where the description of an API lies. */
export function descriptionFile(api: ApiName): string {
  return join(import.meta.dirname, '../connectors/openapi', `${api}.json`);
}

/** An OpenAPI document, as far as it is looked into here. */
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>;
}

interface Wanted {
  readonly api: ApiName;
  readonly method: string;
  readonly pathTemplate: string;
  readonly status: number;
  readonly isClosed: boolean;
}

/** Errors that a failure lists. */
const MAX_TOLD = 20;

const compilers = new Map<string, Ajv2020>();

function expectToPass(validate: ValidateFunction, what: string, body: unknown): void {
  if (validate(body)) return;
  const errors = validate.errors ?? [];
  // A page of a hundred items tells each of its faults a hundred times.
  const told = errors.slice(0, MAX_TOLD).map((error) => inWords(error, body));
  const rest = errors.length > MAX_TOLD ? [`and ${errors.length - MAX_TOLD} more`] : [];
  expect.fail([`${what} is not as described:`, ...told, ...rest].join('\n  '));
}

function validatorOf({ api, method, pathTemplate, status, isClosed }: Wanted): ValidateFunction {
  const operation = readDescription(api).paths[pathTemplate]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`${api}.json has no ${method} ${pathTemplate}. It has: ${operationsOf(api).join(', ')}`);
  const response = operation.responses[status];
  if (response === undefined) {
    throw new Error(
      `${api}.json has no answer ${status} to ${method} ${pathTemplate}. It has: ${Object.keys(operation.responses).join(', ')}`,
    );
  }
  const place = response.$ref ?? `#/paths/${pointerPart(pathTemplate)}/${method.toLowerCase()}/responses/${status}`;
  const validate = compilerOf(api, isClosed).getSchema(`${api}${place}/content/application~1json/schema`);
  if (validate === undefined) throw new Error(`${api}.json describes no JSON at ${place}`);
  return validate;
}

function compilerOf(api: ApiName, isClosed: boolean): Ajv2020 {
  const key = `${api} ${String(isClosed)}`;
  let compiler = compilers.get(key);
  if (compiler === undefined) {
    compiler = new Ajv2020({ allErrors: true, strict: false, verbose: true });
    formats.default(compiler);
    compiler.addSchema(adapt(readDescription(api), isClosed) as object, api, undefined, false);
    compilers.set(key, compiler);
  }
  return compiler;
}

function readDescription(api: ApiName): Description {
  return JSON.parse(readFileSync(descriptionFile(api), 'utf8')) as Description;
}

/** A copy whose enums know their undocumented values, and whose objects are closed if they are to be. */
function adapt(node: unknown, isClosed: boolean): unknown {
  if (Array.isArray(node)) return node.map((item) => adapt(item, isClosed));
  if (typeof node !== 'object' || node === null) return node;
  const copy: Record<string, unknown> = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, adapt(value, isClosed)]));
  const { enum: values, 'x-undocumented-values': more } = copy;
  if (Array.isArray(values) && Array.isArray(more)) copy['enum'] = [...(values as unknown[]), ...(more as unknown[])];
  if (isClosed && 'properties' in copy && copy['additionalProperties'] === true) copy['additionalProperties'] = false;
  return copy;
}

/** One path segment of a JSON pointer in a URI fragment. */
function pointerPart(text: string): string {
  return encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** `/items/3/status must be equal to one of the allowed values: queued, running; found "lost"` */
function inWords({ instancePath, message, params, data }: ErrorObject, body: unknown): string {
  const { allowedValues, additionalProperty } = params as { allowedValues?: unknown[]; additionalProperty?: string };
  const detail = allowedValues?.join(', ') ?? additionalProperty;
  const place = instancePath === '' ? 'the body' : instancePath;
  const found = JSON.stringify(data === body ? typeof body : data).slice(0, 200);
  return `${place} ${message ?? 'is not valid'}${detail === undefined ? '' : `: ${detail}`}; found ${found}`;
}
