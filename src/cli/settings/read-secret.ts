import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import type { Environment } from './interpolate.ts';
import type { Reading } from './reading.ts';
import { readAs, refuse } from './reading.ts';

const LARGEST_SECRET_BYTES = 16_384;

/**
 * A secret from the environment: the variable itself, or the file that `NAME_FILE` names, as Docker and Kubernetes mount secrets.
 * Null where neither is set. No reason has the secret in it.
 */
export function readSecret(variable: string, env: Environment): Reading<string | null> {
  const direct = env[variable]?.trim();
  const file = env[`${variable}_FILE`];
  if (direct && file) return refuse(`is given twice, by ${variable} and by ${variable}_FILE: unset one of them`);
  if (direct) return readAs(direct);
  return file ? readSecretFile(`${variable}_FILE`, file) : readAs(null);
}

function readSecretFile(variable: string, file: string): Reading<string> {
  const names = `${variable} names ${shownPath(file)}`;
  let content: string;
  try {
    const found = statSync(file);
    // A device or a pipe could go on for ever.
    if (!found.isFile()) return refuse(`cannot be read: ${names}, which is no file`);
    if (found.size > LARGEST_SECRET_BYTES) return refuse(`cannot be read: ${names}, which is too long for a key`);
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'an error';
    return refuse(`cannot be read: ${names} (${code}); check that it exists and that this user may read it`);
  }
  const secret = content.trim();
  return secret === '' ? refuse(`cannot be read: ${names}, which is empty`) : readAs(secret);
}

/** Somebody may have set the variable to the key itself: only what looks like a path is shown. */
function shownPath(file: string): string {
  const isPath = isAbsolute(file) || (dirname(file) !== '.' && existsSync(dirname(file)));
  return isPath ? file : 'no path of a file';
}
