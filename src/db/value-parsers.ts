import pg from 'pg';
import { instantFromMicros, type Instant } from '../model/instant.ts';

/** The text of a value, as Postgres sends it, to what the program works with. */
export type ValueParser = (text: string) => unknown;

const asText: ValueParser = (text) => text;
const asNumber: ValueParser = Number;
const asBigint: ValueParser = BigInt;
const asBoolean: ValueParser = (text) => text === 't';
const asJson: ValueParser = (text) => JSON.parse(text) as unknown;
const asBytes = parserOfPg(17);
const asTexts = parserOfPg(1009) as (text: string) => readonly Nested[];

/**
 * By the type's number (`select oid, typname from pg_type`); a type that is not here stays text. One table for both drivers, because what
 * each of them does by itself differs: a bigint becomes a text in one and a number in the other, a timestamptz loses its microseconds in both.
 */
export const VALUE_PARSERS: Readonly<Record<number, ValueParser>> = {
  16: asBoolean,
  17: asBytes,
  20: asBigint,
  21: asNumber,
  23: asNumber,
  26: asNumber,
  114: asJson,
  700: asNumber,
  701: asNumber,
  1082: asText,
  1083: asText,
  1114: asText,
  1184: readInstant,
  1186: asText,
  1700: asText,
  3802: asJson,
  // arrays of these and of texts
  199: arrayOf(asJson),
  1000: arrayOf(asBoolean),
  1001: arrayOf(asBytes),
  1003: arrayOf(asText),
  1005: arrayOf(asNumber),
  1007: arrayOf(asNumber),
  1009: arrayOf(asText),
  1015: arrayOf(asText),
  1016: arrayOf(asBigint),
  1021: arrayOf(asNumber),
  1022: arrayOf(asNumber),
  1028: arrayOf(asNumber),
  1115: arrayOf(asText),
  1182: arrayOf(asText),
  1185: arrayOf(readInstant),
  1231: arrayOf(asText),
  2951: arrayOf(asText),
  3807: arrayOf(asJson),
};

const TIMESTAMPTZ = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?([+-])(\d{2})(?::(\d{2}))?(?::(\d{2}))?$/;

/**
 * Reads a timestamptz as Postgres writes it under `DateStyle` ISO, in whatever time zone the session is: behind a pooler it can be any.
 *
 * @returns the text itself where it is no instant of ours: infinity, BC, years after 9999
 */
export function readInstant(text: string): Instant | string {
  const match = TIMESTAMPTZ.exec(text);
  if (match === null) return text;
  const [, date, time, fraction = '', sign, zoneHour, zoneMinute = '0', zoneSecond = '0'] = match as unknown as readonly [
    string,
    string,
    string,
    ...string[],
  ];
  const micros = fraction.padEnd(6, '0');
  const offsetSeconds = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60 + Number(zoneSecond);
  if (offsetSeconds === 0) return `${date}T${time}.${micros}Z` as Instant;
  const utc = Date.parse(`${date}T${time}Z`) + (sign === '-' ? 1 : -1) * offsetSeconds * 1000;
  return instantFromMicros(BigInt(utc) * 1000n + BigInt(micros));
}

type Nested = string | null | readonly Nested[];

function arrayOf(parse: ValueParser): ValueParser {
  const read = (value: Nested): unknown =>
    value === null ? null : typeof value === 'string' ? parse(value) : value.map((inner) => read(inner));
  return (text) => asTexts(text).map((value) => read(value));
}

function parserOfPg(type: 17 | 1009): ValueParser {
  return (pg.types.getTypeParser as (type: number, format: 'text') => ValueParser)(type, 'text');
}
