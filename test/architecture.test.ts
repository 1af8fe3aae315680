import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/**
 * Who imports whom. Data goes one way through stages that do not know each other: extract, observe, diff, record, publish. `sync` alone
 * introduces them. A folder that is not named here may not exist.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  model: [],
  extract: ['model'],
  observe: ['model'],
  diff: ['model'],
  db: ['model'],
  record: ['model', 'db'],
  publish: ['model', 'db'],
  connectors: ['model', 'observe'],
  sync: ['model', 'extract', 'observe', 'diff', 'record', 'publish', 'db', 'version.ts'],
  simulator: ['model'],
  cli: ['model', 'extract', 'publish', 'db', 'sync', 'connectors', 'simulator', 'index.ts', 'version.ts'],
  'index.ts': ['model', 'publish', 'db', 'sync', 'connectors', 'simulator', 'version.ts'],
  'version.ts': [],
};

/** Packages that only some folders may use: so that what reads a clock, a network or a disk stays at the edges. */
const PACKAGE_HOMES: Record<string, readonly string[]> = {
  'p-queue': ['extract'],
  pg: ['db', 'publish'],
  '@electric-sql/pglite': ['db'],
  'fs-native-extensions': ['db'],
  kysely: ['db', 'record', 'publish', 'sync', 'cli'],
  commander: ['cli'],
  yaml: ['cli'],
  ora: ['cli'],
  table: ['cli'],
  'pino-pretty': ['cli'],
};

/** What `model` and `diff` must not touch: the same input gives the same output, always. */
const IMPURE = /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\bsetTimeout\b|\bfetch\(|\bperformance\./;

const MAX_LINES = 300;

const root = resolve(import.meta.dirname, '../src');
const files = sourceFiles(root);

describe('the architecture', () => {
  it('has files to hold to it', () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it('lets every folder import only what its stage may know', () => {
    const offences = files.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => ({ from: folderOf(file), to: folderOf(resolve(dirname(file), specifier)), file: relative(root, file) }))
        .filter(({ from, to }) => from !== to && to !== null && !(MAY_IMPORT[from ?? ''] ?? []).includes(to))
        .map(({ file, to }) => `${file} imports ${to ?? ''}`),
    );
    expect(offences).toEqual([]);
  });

  it('knows every folder', () => {
    const unknown = [...new Set(files.map(folderOf))].filter((folder) => folder !== null && !(folder in MAY_IMPORT));
    expect(unknown).toEqual([]);
  });

  it('keeps each package where it belongs', () => {
    const offences = files.flatMap((file) =>
      importsOf(file)
        .map((specifier) => ({ file, homes: PACKAGE_HOMES[packageOf(specifier)], specifier }))
        .filter(({ homes }) => homes !== undefined && !homes.includes(folderOf(file) ?? ''))
        .map(({ file, specifier }) => `${relative(root, file)} imports ${specifier}`),
    );
    expect(offences).toEqual([]);
  });

  it('keeps the model and the diff free of packages, clocks, chance and the outside', () => {
    const offences = files
      .filter((file) => ['model', 'diff'].includes(folderOf(file) ?? ''))
      .flatMap((file) => [
        ...importsOf(file)
          .filter((specifier) => !specifier.startsWith('.'))
          .map((specifier) => `${relative(root, file)} imports ${specifier}`),
        ...(IMPURE.test(withoutComments(readFileSync(file, 'utf8'))) ? [`${relative(root, file)} is not pure`] : []),
      ]);
    expect(offences).toEqual([]);
  });

  it('names no source system outside the connectors, the simulator and the command', () => {
    const offences = files
      .filter((file) => ['model', 'extract', 'observe', 'diff', 'record', 'publish', 'sync', 'db'].includes(folderOf(file) ?? ''))
      .filter((file) => /noxus|morphik|knowledge.?stack/i.test(withoutComments(readFileSync(file, 'utf8'))))
      .map((file) => relative(root, file));
    expect(offences).toEqual([]);
  });

  it('keeps files short', () => {
    const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > MAX_LINES).map((file) => relative(root, file));
    expect(long).toEqual([]);
  });
});

function sourceFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sourceFiles(path);
    return name.endsWith('.ts') ? [path] : [];
  });
}

/** The first folder below `src`, or the file's name where it lies in `src` itself; null for what lies elsewhere. */
function folderOf(file: string): string | null {
  const path = relative(root, file);
  return path.startsWith('..') ? null : (path.split(sep)[0] ?? null);
}

function importsOf(file: string): readonly string[] {
  return ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles.map((imported) => imported.fileName);
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}
