import type { Instant } from '../../model/instant.ts';
import { parseInstant } from '../../model/instant.ts';
import type { Problem } from './answers.ts';

/** Reads parameters, and notes what is wrong with them; what cannot be read counts as left out. Whatever nobody reads is ignored. */
export interface QueryReader {
  readonly problems: readonly Problem[];
  readonly wholeNumber: (name: string, min: number, max: number, fallback: number) => number;
  readonly choice: <T extends string>(name: string, choices: readonly T[], fallback: T) => T;
  /** null where it is not given at all */
  readonly choices: (name: string, choices: readonly string[]) => readonly string[] | null;
  readonly instant: (name: string) => Instant | null;
  readonly text: (name: string) => string | null;
}

export function createQueryReader(query: URLSearchParams): QueryReader {
  const problems: Problem[] = [];
  const note = (name: string, msg: string, type: string): void => {
    problems.push({ loc: ['query', name], msg: `${name} must be ${msg}`, type });
  };

  return {
    problems,
    text: (name) => query.get(name),
    wholeNumber(name, min, max, fallback) {
      const text = query.get(name);
      if (text === null) return fallback;
      const value = Number(text);
      const type = !/^-?\d+$/.test(text) ? 'int_parsing' : value < min ? 'greater_than_equal' : value > max ? 'less_than_equal' : null;
      if (type === null) return value;
      note(name, `a whole number of ${min} ${max === Infinity ? 'or more' : `to ${max}`}`, type);
      return fallback;
    },
    choice(name, choices, fallback) {
      const text = query.get(name);
      if (text === null) return fallback;
      const choice = choices.find((each) => each === text);
      if (choice === undefined) note(name, `one of ${choices.join(', ')}`, 'enum');
      return choice ?? fallback;
    },
    choices(name, choices) {
      const texts = query.getAll(name);
      if (texts.some((text) => !choices.includes(text))) note(name, `one of ${choices.join(', ')}`, 'enum');
      return texts.length === 0 ? null : texts;
    },
    instant(name) {
      const text = query.get(name);
      const instant = text === null ? null : parseInstant(text);
      if (text !== null && instant === null) note(name, 'a date and time', 'datetime_from_date_parsing');
      return instant;
    },
  };
}
