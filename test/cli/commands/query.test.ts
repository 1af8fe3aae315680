import { describe, expect, it } from 'vitest';
import { withCommentsAsSql } from '../../../src/cli/commands/query.ts';

describe('SQL among the arguments', () => {
  it.each(['-- how many\nselect 1', '--how many\nselect 1', '-- select 1', '--rate=failed / all\nselect 1'])(
    'may begin with a comment: %j',
    (sql) => {
      expect(withCommentsAsSql(['query', sql, '--json'])).toEqual(['query', ` ${sql}`, '--json']);
    },
  );

  it.each([[['query', '--json', '--max-rows', '5', '--config=my own.yaml', '--', 'select 1', '-']], [['history', '-- x']]])(
    'leaves %j as it is',
    (argv) => {
      expect(withCommentsAsSql(argv)).toEqual(argv);
    },
  );
});
