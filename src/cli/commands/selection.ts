import type { ConnectionSettings } from '../../model/connection.ts';
import { RunledgerError } from '../../model/errors.ts';
import type { Stream } from '../../model/event.ts';
import { streamsOf } from '../settings/complete-connection.ts';
import type { Settings } from '../settings/load-settings.ts';
import { suggestion } from '../settings/nearest.ts';
import { STREAMS, listed } from '../settings/settings-schema.ts';

/**
 * The connections of the settings.
 *
 * @throws RunledgerError bad_settings where there is none
 */
export function configured(settings: Settings): readonly ConnectionSettings[] {
  if (settings.connections.length > 0) return settings.connections;
  throw new RunledgerError('bad_settings', `no connection is configured${settings.file === null ? '' : ` in ${settings.file}`}`, {
    hint: 'Set NOXUS_API_KEY, MORPHIK_API_KEY or KNOWLEDGE_STACK_API_KEY, or run `runledger init` and fill in the file.',
  });
}

/**
 * The connection that an argument names.
 *
 * @throws RunledgerError bad_argument
 */
export function findConnection(settings: Settings, name: string): ConnectionSettings {
  const connections = configured(settings);
  const found = connections.find((connection) => connection.name === name);
  if (found !== undefined) return found;
  const names = connections.map((connection) => connection.name);
  throw new RunledgerError('bad_argument', `there is no connection "${name}"${suggestion(name, names)}`, {
    hint: `Configured: ${names.join(', ')}.`,
  });
}

/**
 * Which of the asked streams to read.
 *
 * @param connections those that the command works on; a stream that some of them have is enough
 * @throws RunledgerError bad_argument where a word is no stream, or no connection has it
 */
export function findStreams(connections: readonly ConnectionSettings[], asked: readonly string[]): readonly Stream[] {
  const existing = STREAMS.filter((stream) => connections.some((connection) => streamsOf(connection.connector).includes(stream)));
  return [...new Set(asked)].map((word) => {
    const stream = existing.find((each) => each === word);
    if (stream !== undefined) return stream;
    const connectors = [...new Set(connections.map((connection) => connection.connector.title))];
    throw new RunledgerError(
      'bad_argument',
      `there is no stream "${word}" to read from ${listed(connectors)}${suggestion(word, existing)}`,
      {
        hint: `Streams: ${existing.join(', ')}.`,
      },
    );
  });
}
