import { startTcpProxy } from '../support/tcp-proxy.ts';
import { breakingAt, type Breaking, type CrashPoint } from './crash-points.ts';
import { createFrameReader, spoilt, statementOf, type Frame } from './postgres-frames.ts';

/** A way to a Postgres that breaks at one statement, once, when told to. */
export interface CrashProxy {
  /** The same database, by way of here. */
  readonly url: string;
  /** Breaks at this point, counted from now on; what was said before is forgotten. */
  readonly arm: (point: CrashPoint) => void;
  /** Whether it has broken since. */
  readonly hasFired: () => boolean;
  /** Statements since, of all connections. */
  readonly statements: () => readonly string[];
  readonly close: () => Promise<void>;
}

export async function startCrashProxy(target: string): Promise<CrashProxy> {
  let point: CrashPoint | null = null;
  let hasFired = false;
  let statements: string[] = [];
  const { url, close } = await startTcpProxy(target, (client, upstream, cut) => {
    const readFrames = createFrameReader();
    let isUnanswered = false;
    client.on('data', (chunk) => {
      for (const frame of readFrames(chunk)) {
        const breaking = breakingOf(frame);
        if (breaking === 'lose') {
          cut();
          return;
        }
        if (breaking === 'leave unanswered') isUnanswered = true;
        upstream.write(breaking === 'refuse' ? spoilt(frame) : frame.bytes);
      }
    });
    upstream.on('data', (chunk) => {
      if (isUnanswered) cut();
      else client.write(chunk);
    });
  });
  // What is encrypted cannot be looked into.
  url.searchParams.set('sslmode', 'disable');
  return {
    url: url.href,
    arm(next) {
      [point, hasFired, statements] = [next, false, []];
    },
    hasFired: () => hasFired,
    statements: () => statements,
    close,
  };

  function breakingOf(frame: Frame): Breaking | null {
    const statement = statementOf(frame);
    if (statement === null) return null;
    statements.push(statement);
    const breaking = point === null || hasFired ? null : breakingAt(point, statements.length, statement);
    if (breaking !== null) hasFired = true;
    return breaking;
  }
}
