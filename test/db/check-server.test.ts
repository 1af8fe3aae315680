import { expect, it } from 'vitest';
import { checkServer, type ServerFacts } from '../../src/db/check-server.ts';

const GOOD: ServerFacts = {
  version_number: 140_000,
  version: '14.0',
  encoding: 'UTF8',
  date_style: 'ISO, MDY',
  is_read_only: false,
  is_standby: false,
};
const check = (facts: Partial<ServerFacts>, mode: 'read' | 'write' = 'write'): void => {
  checkServer({ ...GOOD, ...facts }, mode, 'postgres://u@h:5432/d');
};

it('takes Postgres 14 and later', () => {
  expect(() => {
    check({});
  }).not.toThrow();
  expect(() => {
    check({ version_number: 180_001, version: '18.1' });
  }).not.toThrow();
});

it('refuses an older one, and says which it found', () => {
  expect(() => {
    check({ version_number: 130_014, version: '13.14' });
  }).toThrow('postgres://u@h:5432/d is Postgres 13.14, and runledger needs 14 or later');
});

it('refuses to write to a standby, and reads it', () => {
  expect(() => {
    check({ is_standby: true, is_read_only: true });
  }).toThrow('a standby');
  expect(() => {
    check({ is_standby: true, is_read_only: true }, 'read');
  }).not.toThrow();
});

it('refuses a pooler that keeps another style of times', () => {
  expect(() => {
    check({ date_style: 'German, DMY' });
  }).toThrow('German');
});
