import { defineConfig } from 'vitest/config';

const pg = 'test/**/*.pg.test.ts';
const e2e = 'test/**/*.e2e.test.ts';
const packed = 'test/**/*.package.test.ts';
const withPostgres = { globalSetup: 'test/support/start-postgres.ts', testTimeout: 240_000, hookTimeout: 120_000 };

/** To start a process and to load all modules once more for each file takes longer than most files: what `src` keeps in a module is of the process, as in use. */
const shared = { isolate: false };

/** Set by CI, which counts over several runs. */
const reportDir = process.env['TEST_REPORT_DIR'];

export default defineConfig({
  test: {
    reporters: reportDir === undefined ? ['default'] : ['default', ['json', { outputFile: `${reportDir}/${process.pid}.json` }]],
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'pure',
          include: ['test/**/*.test.ts'],
          exclude: [pg, e2e, packed],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...shared,
        },
      },
      { test: { name: 'postgres', include: [pg], ...withPostgres, ...shared } },
      { test: { name: 'command', include: [e2e], ...withPostgres, ...shared } },
      { test: { name: 'package', include: [packed], testTimeout: 600_000, hookTimeout: 600_000 } },
    ],
  },
});
