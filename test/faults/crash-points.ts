/**
 * Where the recording of a batch can break. Statements are counted from 1, `begin` included; a number that no statement has is no crash.
 *
 * `refused`: the server refuses the statement. `lost`: the connection is gone before the server gets it. `unanswered`: the server has done it, and the answer
 * is lost. The last two of a commit are known by name, because which number it has depends on what there is to write; `text_lost` is `lost` for the first statement with
 * that text in it.
 */
export type CrashPoint =
  | { readonly kind: 'refused' | 'lost' | 'unanswered'; readonly statement: number }
  | { readonly kind: 'commit_lost' | 'commit_unanswered' }
  | { readonly kind: 'text_lost'; readonly text: string };

export type CrashPointKind = CrashPoint['kind'];

/** Whether whoever records is told of it and stops, or takes another connection and goes on. */
export const IS_FATAL: Readonly<Record<CrashPointKind, boolean>> = {
  refused: true,
  lost: false,
  unanswered: false,
  commit_lost: false,
  commit_unanswered: false,
  text_lost: false,
};

export type Breaking = 'refuse' | 'lose' | 'leave unanswered';

/** @returns what to do to the statement of that number; null to let it pass */
export function breakingAt(point: CrashPoint, number: number, statement: string): Breaking | null {
  const isCommit = statement.toLowerCase() === 'commit';
  switch (point.kind) {
    case 'refused':
      // A commit that is refused leaves its transaction open, which no server ever does.
      return number === point.statement && !isCommit ? 'refuse' : null;
    case 'lost':
      return number === point.statement ? 'lose' : null;
    case 'unanswered':
      return number === point.statement ? 'leave unanswered' : null;
    case 'commit_lost':
      return isCommit ? 'lose' : null;
    case 'commit_unanswered':
      return isCommit ? 'leave unanswered' : null;
    case 'text_lost':
      return statement.includes(point.text) ? 'lose' : null;
  }
}
