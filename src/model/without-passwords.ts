/** `scheme://user:password@`, also with one slash, as a path that was made of a URL has it. Neither blanks nor quotation marks are part of a URL. */
const IN_URL = /\b([a-z][a-z0-9+.-]{0,30}:\/{1,2}[^\s/?#:@"'<>]{0,200}):[^\s/?#"'<>]{0,1000}@/gi;

/** The same where the password has characters that it should not: of a database nothing else is expected behind them. */
const IN_DATABASE_URL = /\b(postgres(?:ql)?:\/{1,2}[^\s/:@"'<>]{0,200}):[^\s"'<>]{0,1000}@/gi;

/** `password=secret`, as a connection string of libpq, a parameter of a URL or a variable has it; or `"password": "secret"`, as JSON and YAML have it. */
const IN_PARAMETERS = /((?:\b|_)(?:ssl|pg)?password\\*["']?\s*[=:]\s*)(?:\\*"[^"\n]*"|\\*'[^'\n]*'|[^\s'"&;,)<>]+)/gi;

/**
 * Whatever looks like the password of a URL or of a connection string is taken out of a text: of a message of ours, which may quote what somebody wrote in
 * the wrong place, and of a message of a server, which may quote what it was asked to connect to.
 */
export function withoutPasswords(text: string): string {
  return text.replaceAll(IN_DATABASE_URL, '$1:[password]@').replaceAll(IN_URL, '$1:[password]@').replaceAll(IN_PARAMETERS, '$1[password]');
}
