export type Environment = Readonly<Record<string, string | undefined>>;

export type Interpolated =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'unset'; readonly variable: string } | { readonly kind: 'malformed' };

const REFERENCE = /\$\$|\$\{([^}]*)\}|\$\{/g;
const NAME_AND_DEFAULT = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([^]*))?$/;

/**
 * Puts environment variables into one text: `${NAME}`, `${NAME:-default}` (also where NAME is empty) and `$$` for a dollar sign.
 *
 * It works on a text that YAML has already read, never on the file: a key that contains `: ` or `#` stays one text and cannot become settings.
 */
export function interpolate(text: string, env: Environment): Interpolated {
  const failures: Interpolated[] = [];
  const filled = text.replace(REFERENCE, (match, inner: string | undefined) => {
    if (match === '$$') return '$';
    const parts = NAME_AND_DEFAULT.exec(inner ?? '');
    if (parts?.[1] === undefined) {
      failures.push({ kind: 'malformed' });
      return '';
    }
    const [, variable, fallback] = parts;
    const value = env[variable];
    if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
    if (value === undefined) failures.push({ kind: 'unset', variable });
    return value ?? '';
  });
  return failures[0] ?? { kind: 'text', text: filled };
}
