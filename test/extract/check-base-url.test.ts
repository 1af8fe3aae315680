import { describe, expect, test } from 'vitest';
import { checkBaseUrl } from '../../src/extract/check-base-url.ts';

describe('a base URL', () => {
  test.each([
    ['https://backend.noxus.ai', 'https://backend.noxus.ai'],
    ['https://backend.noxus.ai/', 'https://backend.noxus.ai'],
    ['https://app.noxus.ai/api/backend//', 'https://app.noxus.ai/api/backend'],
    ['HTTPS://Backend.Noxus.AI:443', 'https://backend.noxus.ai'],
    ['http://localhost:8000', 'http://localhost:8000'],
    ['http://127.1:8000/', 'http://127.0.0.1:8000'],
    ['http://127.255.0.9', 'http://127.255.0.9'],
    ['http://[::1]:8000/v', 'http://[::1]:8000/v'],
  ])('%s is used as %s', (text, baseUrl) => {
    expect(checkBaseUrl(text, false)).toEqual({ ok: true, baseUrl });
  });

  test.each([
    ['backend.noxus.ai', 'is not a URL'],
    ['', 'is not a URL'],
    ['ftp://backend.noxus.ai', 'starts with ftp:'],
    ['https://user:hunter2@backend.noxus.ai', 'user name or password'],
    ['https://user@backend.noxus.ai', 'user name or password'],
    ['https://backend.noxus.ai?key=hunter2', 'has a query'],
    ['https://backend.noxus.ai/#x', 'has a fragment'],
    ['http://backend.noxus.ai', 'plain http to backend.noxus.ai'],
    ['http://127.0.0.1.evil.example', 'plain http to 127.0.0.1.evil.example'],
    ['http://localhost.evil.example', 'plain http'],
    ['http://[::2]', 'plain http'],
  ])('%s is refused', (text, reason) => {
    const checked = checkBaseUrl(text, false);
    expect(checked).toMatchObject({ ok: false, reason: expect.stringContaining(reason) as string });
    expect(JSON.stringify(checked)).not.toContain('hunter2');
  });

  test('may be plain http to another host where the connection allows it', () => {
    expect(checkBaseUrl('http://10.0.0.7:8000', true)).toEqual({ ok: true, baseUrl: 'http://10.0.0.7:8000' });
  });
});
