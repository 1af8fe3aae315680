/** A base URL fit for use, or why it is none, in words that follow the setting's name: `base_url has a query …`. */
export type BaseUrlCheck = { readonly ok: true; readonly baseUrl: string } | { readonly ok: false; readonly reason: string };

/**
 * Checks and normalizes the base URL of a connection: http or https, a path prefix allowed, no trailing slash.
 *
 * Reasons never quote the URL: it may hold a password, which is one of the things refused.
 *
 * @param allowHttp whether the key may go over plain http to another host than this machine
 */
export function checkBaseUrl(text: string, allowHttp: boolean): BaseUrlCheck {
  const url = URL.parse(text);
  if (url === null) return refuse('is not a URL: write it as https://host or https://host/prefix');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return refuse(`starts with ${url.protocol} where only https:// (or http:// to this machine) can be asked`);
  }
  if (url.username !== '' || url.password !== '') return refuse('holds a user name or password: take it out and use api_key');
  if (url.search !== '') return refuse('has a query: take out the question mark and all that follows');
  if (url.hash !== '') return refuse('has a fragment: take out the # and all that follows');
  if (url.protocol === 'http:' && !allowHttp && !isLoopback(url.hostname)) {
    return refuse(`is plain http to ${url.hostname}, which would show the api key to the network: use https://, or set allow_http: true`);
  }
  return { ok: true, baseUrl: `${url.origin}${url.pathname.replace(/\/+$/, '')}` };
}

/** WHATWG URLs write every spelling of an IPv4 address (`127.1`, `0x7f000001`) as four numbers, so a name cannot look like one. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function refuse(reason: string): BaseUrlCheck {
  return { ok: false, reason };
}
