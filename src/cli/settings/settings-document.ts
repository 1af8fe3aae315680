import type { Document, Node, ParsedNode, Scalar } from 'yaml';
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';
import { printable } from '../output/printable.ts';
import type { Environment } from './interpolate.ts';
import { interpolate } from './interpolate.ts';

/** Something wrong in a settings file, and where. Lines and columns count from 1. */
export interface SettingsProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A settings file that YAML could read, with environment variables put in, and the way back from a path to its place in the file. */
export interface SettingsDocument {
  readonly value: unknown;
  readonly problems: readonly SettingsProblem[];
  /** A problem at the value of this path, or at the nearest place above that the file has. */
  readonly problemAt: (path: readonly PropertyKey[], message: string) => SettingsProblem;
  /** A problem at the last key of this path. */
  readonly problemAtKey: (path: readonly PropertyKey[], message: string) => SettingsProblem;
  /** What the file says at this path, for a message; null where nothing stands there. Never the content of an environment variable. */
  readonly found: (path: readonly PropertyKey[]) => string | null;
}

/** Keys whose text is never shown, not even when it is wrong: it is a secret, contains one, or stands where one may have slipped in. */
const HIDDEN_KEYS: readonly PropertyKey[] = ['api_key', 'base_url', 'database', 'connections', 'requests'];

/** @param without a key at the top that this use of the file does not need: neither its variables nor its values are looked at */
export function readSettingsDocument(text: string, env: Environment, without: readonly string[] = []): SettingsDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const at = (offset: number, message: string): SettingsProblem => {
    const place = lines.linePos(offset);
    return { line: place.line, column: place.col, message };
  };
  // Only the first: what follows a syntax error is mostly its echo.
  const problems = [...document.errors, ...document.warnings].slice(0, 1).map((error) => at(error.pos[0], syntaxProblem(error.code)));
  if (isMap(document.contents)) for (const key of without) document.contents.delete(key);
  const originals = new Map<Node, string>();
  if (problems.length === 0) problems.push(...interpolateAll(document, env, originals, at));

  let value: unknown = {};
  if (problems.length === 0) {
    try {
      value = plainValue(document);
    } catch {
      problems.push(at(0, 'its aliases (*name) lead nowhere, or multiply without end; quote a text that begins with *'));
    }
  }
  const placeOf = (path: readonly PropertyKey[]): number => locate(document, path)?.range[0] ?? 0;
  return {
    value,
    problems,
    problemAt: (path, message) => at(nearestPlace(path, placeOf), message),
    problemAtKey: (path, message) => at(keyOf(document, path)?.range?.[0] ?? nearestPlace(path, placeOf), message),
    found: (path) => {
      const node = locate(document, path);
      if (node === null) return null;
      const isHidden = path.length === 2 || HIDDEN_KEYS.includes(path.at(-1) ?? '');
      const original = originals.get(node);
      if (original !== undefined) return isHidden ? 'what its environment variable gives' : `what ${printable(original)} gives`;
      return described(node, isHidden);
    },
  };
}

function interpolateAll(
  document: Document.Parsed,
  env: Environment,
  originals: Map<Node, string>,
  at: (offset: number, message: string) => SettingsProblem,
): SettingsProblem[] {
  const problems: SettingsProblem[] = [];
  visit(document, {
    Scalar(key, node: Scalar) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('$')) return;
      const filled = interpolate(node.value, env);
      if (filled.kind === 'text') {
        originals.set(node, node.value);
        node.value = filled.text;
        return;
      }
      const message =
        filled.kind === 'unset'
          ? `the environment variable ${filled.variable} is not set; set it, or write \${${filled.variable}:-a default}`
          : 'a reference to an environment variable is not ${NAME} or ${NAME:-default}; write $$ for a dollar sign';
      problems.push(at(node.range?.[0] ?? 0, message));
    },
  });
  return problems;
}

function plainValue(document: Document.Parsed): unknown {
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) return {};
  return document.toJS();
}

function locate(document: Document.Parsed, path: readonly PropertyKey[]): ParsedNode | null {
  let node: unknown = document.contents;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) node = node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(step))?.value;
    else if (isSeq(node)) node = node.items[Number(step)];
    else return null;
  }
  return (node as ParsedNode | undefined) ?? null;
}

function keyOf(document: Document.Parsed, path: readonly PropertyKey[]): Scalar | null {
  let map: unknown = locate(document, path.slice(0, -1));
  if (isAlias(map)) map = map.resolve(document);
  if (!isMap(map)) return null;
  const key = map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(path.at(-1)))?.key;
  return isScalar(key) ? key : null;
}

function nearestPlace(path: readonly PropertyKey[], placeOf: (path: readonly PropertyKey[]) => number): number {
  for (let length = path.length; length > 0; length -= 1) {
    const place = placeOf(path.slice(0, length));
    if (place > 0) return place;
  }
  return 0;
}

function described(node: ParsedNode, isHidden: boolean): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node)) return 'an alias';
  if (node.value === null) return 'nothing';
  if (isHidden) return node.value === '' ? 'an empty text' : `a ${typeof node.value === 'string' ? 'text' : typeof node.value}`;
  return `"${printable(`${node.value as string | number | boolean}`.slice(0, 60))}"`;
}

/** Our own words: the library's messages quote the file, and what they quote can be a key. */
function syntaxProblem(code: string): string {
  const known: Record<string, string> = {
    DUPLICATE_KEY: 'this key stands twice in one map; leave one',
    TAB_AS_INDENT: 'a tab indents this line; YAML wants blanks',
    BAD_INDENT: 'the indentation does not fit the lines above',
    MISSING_CHAR: 'a closing quote, bracket or comma is missing before here (a ${VARIABLE} inside { } or [ ] needs quotes)',
    BLOCK_AS_IMPLICIT_KEY: 'a map begins inside a value; quote a text that contains ": "',
    MULTILINE_IMPLICIT_KEY: 'a key goes over several lines; a colon is missing after it',
    BAD_ALIAS: 'an alias (*name) without its anchor (&name); quote a text that begins with *',
    BAD_SCALAR_START: 'a text that begins with this character needs quotes',
    MULTIPLE_DOCS: 'a second YAML document begins; a settings file is one',
    TAG_RESOLVE_FAILED: 'an unknown tag; quote a text that begins with !',
    UNEXPECTED_TOKEN: 'something stands where YAML does not allow it (a ${VARIABLE} inside { } or [ ] needs quotes)',
  };
  return known[code] ?? `this is not valid YAML (${code.toLowerCase().replaceAll('_', ' ')})`;
}
