/** What went wrong, in words for the person who must act: `message` says what was tried and found, `hint` what to do. */
export class RunledgerError extends Error {
  override readonly name: string = 'RunledgerError';
  readonly code: ErrorCode;
  readonly hint: string | null;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? null;
  }
}

/**
 * What kind of thing went wrong, which decides the exit code: `usage` 2 (settings, arguments, what the caller must mend),
 * `ledger` 3 (the database cannot serve), `source` 1 (a source system failed), `integrity` 1 (the ledger contradicts itself),
 * `aborted` 130 or 143.
 */
export type ErrorKind = 'usage' | 'ledger' | 'source' | 'integrity' | 'aborted';

export const ERROR_KINDS = {
  bad_argument: 'usage',
  bad_settings: 'usage',
  no_ledger: 'usage',
  no_record: 'usage',
  ambiguous_record: 'usage',
  old_node: 'usage',
  ledger_unreachable: 'ledger',
  ledger_too_old: 'ledger',
  ledger_newer: 'ledger',
  ledger_not_utf8: 'ledger',
  ledger_read_only: 'ledger',
  ledger_behind: 'ledger',
  ledger_locked: 'ledger',
  ledger_denied: 'ledger',
  ledger_full: 'ledger',
  ledger_query: 'usage',
  source_unauthorized: 'source',
  source_forbidden: 'source',
  source_not_found: 'source',
  source_bad_request: 'source',
  source_rate_limited: 'source',
  source_unavailable: 'source',
  source_unreachable: 'source',
  source_timeout: 'source',
  source_not_json: 'source',
  source_bad_shape: 'source',
  source_other_form: 'source',
  source_too_large: 'source',
  source_redirect: 'source',
  source_repeats: 'source',
  source_wrong_account: 'source',
  source_mass_absence: 'source',
  integrity: 'integrity',
  aborted: 'aborted',
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_KINDS;

/** A request to a source system that did not give what was asked for. */
export class SourceError extends RunledgerError {
  override readonly name = 'SourceError';
  /** HTTP status of the answer, null where none came */
  readonly status: number | null;
  /** milliseconds that the source asked to wait, where it did and that is longer than we wait */
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, message: string, options: { status?: number; retryAfterMs?: number; hint?: string; cause?: unknown } = {}) {
    super(code, message, options);
    this.status = options.status ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}
