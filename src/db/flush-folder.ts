import { closeSync, fsyncSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Has the system write every file below a folder that changed since then to the disk. PGlite cannot: it asks its file system to, and that
 * does nothing, so that until now a power cut could take what a sync reported as done.
 *
 * @param sinceMs milliseconds since 1970, a little generous
 */
export function flushFolder(folder: string, sinceMs: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) flushFolder(path, sinceMs);
    else if (entry.isFile() && statSync(path).mtimeMs >= sinceMs) flush(path);
  }
  flush(folder);
}

function flush(path: string): void {
  // Windows has no way to open a folder so; there its own journal keeps the names.
  const isFolder = statSync(path).isDirectory();
  if (isFolder && process.platform === 'win32') return;
  const descriptor = openSync(path, isFolder ? 'r' : 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
