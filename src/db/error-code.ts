/** The code of a server's (`40001`) or the system's (`ECONNRESET`) error, wherever in its chain of causes it stands; null where there is none. */
export function codeOf(error: unknown): string | null {
  for (let e = error, depth = 0; e instanceof Error && depth < 5; e = e.cause, depth++) {
    const code = (e as { code?: unknown }).code;
    if (typeof code === 'string') return code;
    // Of a name with several addresses, such as localhost, Node tells what each of them answered.
    if (e instanceof AggregateError) {
      const inner = e.errors.map(codeOf).find((c) => c !== null);
      if (inner !== undefined) return inner;
    }
  }
  return null;
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** Whether the database server said it, and not the driver, the file system or the network. */
export function isServerError(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && 'code' in error;
}
