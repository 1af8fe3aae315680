/** One setting, read: its value, or why there is none in words that follow the setting's name (`base_url has a query …`). */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

export function readAs<T>(value: T): Reading<T> {
  return { ok: true, value };
}

export function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
