/** A message of the Postgres protocol as it goes over the wire, its type and length included. */
export interface Frame {
  /** One letter; empty for what opens a connection, which has none. */
  readonly type: string;
  readonly bytes: Buffer;
}

/** @returns what takes what a client sends, as it comes, and gives the messages that are whole */
export function createFrameReader(): (chunk: Buffer) => readonly Frame[] {
  let rest = Buffer.alloc(0);
  let isOpened = false;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const lengthAt = isOpened ? 1 : 0;
      if (rest.length < lengthAt + 4) return frames;
      const end = lengthAt + rest.readInt32BE(lengthAt);
      if (rest.length < end) return frames;
      frames.push({ type: isOpened ? rest.toString('latin1', 0, 1) : '', bytes: rest.subarray(0, end) });
      rest = rest.subarray(end);
      isOpened = true;
    }
  };
}

/** The SQL of a message that brings one, simple or to be prepared; null for all others. */
export function statementOf({ type, bytes }: Frame): string | null {
  if (type === 'Q') return bytes.toString('utf8', 5, bytes.length - 1);
  if (type !== 'P') return null;
  const nameEnd = bytes.indexOf(0, 5);
  return bytes.toString('utf8', nameEnd + 1, bytes.indexOf(0, nameEnd + 1));
}

/** The same message with a text that no server understands: it refuses it, as it refuses whatever goes wrong in a statement. */
export function spoilt({ type }: Frame): Buffer {
  const body = Buffer.from(type === 'P' ? '\0a crash point\0\0\0' : 'a crash point\0');
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
