import { expect, test } from 'vitest';
import { withoutPasswords } from '../../src/model/without-passwords.ts';

test.each([
  ['unknown option --databse=postgres://me:hunter2@db.example/x', 'unknown option --databse=postgres://me:[password]@db.example/x'],
  ['/home/me/postgres:/me:hunter2@db.example/x is no file', '/home/me/postgres:/me:[password]@db.example/x is no file'],
  ['postgresql://me:hun/ter?2@db.example', 'postgresql://me:[password]@db.example'],
  ['postgres://me:hun@ter2@db.example', 'postgres://me:[password]@db.example'],
  ['to https://:hunter2@host:8080/x and back', 'to https://:[password]@host:8080/x and back'],
  ["host=h password='hunter2' user=me", 'host=h password=[password] user=me'],
  ['?user=me&password=hunter2&sslpassword=hunter2', '?user=me&password=[password]&sslpassword=[password]'],
  ['host=h password="hunter2" x', 'host=h password=[password] x'],
  ["password = 'hunter 2' x", 'password = [password] x'],
  ['PGPASSWORD=hunter2 psql', 'PGPASSWORD=[password] psql'],
  ['db_password=hunter2', 'db_password=[password]'],
  ['{"password": "hunter2", "x": 1}', '{"password": [password], "x": 1}'],
  ['password: hunter2', 'password: [password]'],
])('a password is taken out of %s', (text, clean) => {
  expect(withoutPasswords(text)).toBe(clean);
});

test.each([
  'could not connect to postgres://me@db.example:5432/x: password authentication failed for user "me"',
  '{"url":"http://127.0.0.1:8080/v1/runs","other":"a@b"}',
  'GET http://127.0.0.1:8080/v1/runs?page=1 and me@example.com',
  'Check the user and password of the database URL, or PGUSER and PGPASSWORD.',
])('a text without one stays as it is: %s', (text) => {
  expect(withoutPasswords(text)).toBe(text);
});
