import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Migration, MigrationProvider } from 'kysely/migration';

/** At the root of the package, from `src/db` as from `dist/db`. */
const FOLDER = join(import.meta.dirname, '..', '..', 'migrations');
const NAME = /^(\d{4}_\w+)\.sql$/;

/** The migrations that this version knows, oldest first: the files' names without `.sql`. */
export function migrationNames(): readonly string[] {
  return readdirSync(FOLDER)
    .flatMap((file) => NAME.exec(file)?.[1] ?? [])
    .sort();
}

/** Plain SQL files, each of as many statements as it likes. Forward only: there is no way down. */
export const MIGRATION_FILES: MigrationProvider = {
  getMigrations(): Promise<Record<string, Migration>> {
    return Promise.resolve(
      Object.fromEntries(
        migrationNames().map((name): [string, Migration] => [
          name,
          {
            async up(db) {
              await sql.raw(readFileSync(join(FOLDER, `${name}.sql`), 'utf8')).execute(db);
            },
          },
        ]),
      ),
    );
  },
};
