import { sql } from 'kysely';
import type { Ledger } from '../../src/db/open-ledger.ts';

// A database whose disk is full, as far as a client can tell: the server refuses writes with the code of it, 53100, and the rest works. A disk of its own that can
// be filled takes rights that tests do not have.

/** So many more events find room, those that are rolled back included. */
export async function fillEvents(ledger: Pick<Ledger, 'db'>, room: number): Promise<void> {
  await sql`create sequence public.writes`.execute(ledger.db);
  await sql
    .raw(
      `create function public.need_room() returns trigger language plpgsql as $$
      begin
        if nextval('public.writes') > ${room} then
          raise 'could not extend file "base/5/1259": No space left on device' using errcode = '53100';
        end if;
        return new;
      end $$`,
    )
    .execute(ledger.db);
  await refuse(ledger, ['events'], 'before insert', 'for each row');
}

/** Nothing of the ledger can be written any more. */
export async function fillAll(ledger: Pick<Ledger, 'db'>): Promise<void> {
  await sql
    .raw(
      `create function public.need_room() returns trigger language plpgsql as $$
      begin
        raise 'could not extend file "base/5/1259": No space left on device' using errcode = '53100';
      end $$`,
    )
    .execute(ledger.db);
  const { rows } = await sql<{ tablename: string }>`select tablename from pg_tables where schemaname = 'runledger'`.execute(ledger.db);
  const tables = rows.map(({ tablename }) => tablename);
  await refuse(ledger, tables, 'before insert or update or delete', 'for each statement');
}

/** A table at a time: each waits for the batch in hand, and holds up none of the others meanwhile. */
async function refuse(ledger: Pick<Ledger, 'db'>, tables: readonly string[], when: string, each: string): Promise<void> {
  for (const table of tables)
    await sql.raw(`create trigger need_room ${when} on runledger.${table} ${each} execute function public.need_room()`).execute(ledger.db);
}

/** There is room again. */
export async function makeRoom(ledger: Pick<Ledger, 'db'>): Promise<void> {
  await sql`drop function public.need_room() cascade`.execute(ledger.db);
}
