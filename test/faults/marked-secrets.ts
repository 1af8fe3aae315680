import { withConnection } from '../support/database.ts';

/** A secret that nothing else looks like, in the characters that keys have and that some writers escape. */
export function markedSecret(name: string): string {
  return `sk-${name}-Marked+${Math.random().toString(36).slice(2, 12)}/Secret=`;
}

/** @returns the spellings of these secrets that stand in a text; none where nothing leaked */
export function leaksIn(text: string, secrets: readonly string[]): readonly string[] {
  return secrets.flatMap(spellings).filter((spelling) => text.includes(spelling));
}

function spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // What stands around it in a text that was encoded as a whole moves its letters by up to two places.
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [secret, secret.toLowerCase(), encodeURIComponent(secret), secret.replaceAll('/', '\\/'), bytes.toString('hex'), ...base64];
}

/** Every column of every row of every table of the ledger, as text. */
export async function ledgerText(url: string): Promise<string> {
  return withConnection(url, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('runledger.%I', relname) as name from pg_class where relnamespace = 'runledger'::regnamespace and relkind in ('r', 'p')`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`select t::text as text from ${name} t`);
      texts.push(name, ...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  });
}
