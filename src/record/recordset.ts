import { sql, type RawBuilder } from 'kysely';

/** Column names of a table with their SQL types. */
export type Columns = Readonly<Record<string, string>>;

/**
 * Many rows as one parameter: `json_to_recordset($1) as x (a text, …)`. One parameter whatever the number of rows, and it works on both kinds of ledger.
 * bytea columns come as hex texts, bigints as decimal texts.
 */
export function recordset(rows: readonly object[], columns: Columns): RawBuilder<unknown> {
  const definition = Object.entries(columns).map(([name, type]) => `${name} ${type === 'bytea' ? 'text' : type}`);
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as x (${sql.raw(definition.join(', '))})`;
}

/** The columns, for `insert into t (…)`. */
export function columnList(columns: Columns): RawBuilder<unknown> {
  return sql.raw(Object.keys(columns).join(', '));
}

/** The same columns out of `x`, hex texts decoded. */
export function columnValues(columns: Columns): RawBuilder<unknown> {
  return sql.raw(
    Object.entries(columns)
      .map(([name, type]) => (type === 'bytea' ? `decode(x.${name}, 'hex')` : `x.${name}`))
      .join(', '),
  );
}

/** `a = excluded.a, …`, for an upsert. */
export function assignExcluded(columns: Columns): RawBuilder<unknown> {
  return sql.raw(
    Object.keys(columns)
      .map((name) => `${name} = excluded.${name}`)
      .join(', '),
  );
}
