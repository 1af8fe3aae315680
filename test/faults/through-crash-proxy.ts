import { onTestFinished } from 'vitest';
import { openLedger, type Ledger } from '../../src/db/open-ledger.ts';
import { freshLedger, silent } from '../support/ledger.ts';
import { startCrashProxy, type CrashProxy } from './crash-proxy.ts';

/** A fresh ledger on Postgres by way of a proxy that can break it, and past it. */
export async function throughCrashProxy(): Promise<{ readonly ledger: Ledger; readonly proxy: CrashProxy; readonly direct: Ledger }> {
  const direct = await freshLedger('postgres');
  const proxy = await startCrashProxy(direct.target.kind === 'postgres' ? (direct.target.url ?? '') : '');
  const ledger = await openLedger({ database: { kind: 'postgres', url: proxy.url }, mode: 'write', log: silent });
  onTestFinished(async () => {
    await ledger.close();
    await proxy.close();
  });
  return { ledger, proxy, direct };
}
