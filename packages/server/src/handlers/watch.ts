/** watch: the connection becomes one that only shows what happens (logger.c of 1.6.18). */
import { writeLine, type ByteWriter } from '@memkit/protocol/internal';
import type { AnswerContext } from '../sessions/answer-context.js';
import type { Answered } from '../sessions/answered.js';
import { LogWatcher } from '../sessions/log-watcher.js';
import { isEventKind, type EventKind } from '../store/event-log.js';

/** Without kinds, `fetchers`. */
export function answerWatch(
  { store, facts, connection }: AnswerContext,
  words: readonly string[],
  writer: ByteWriter,
): Answered {
  if (facts.disabled.has('watch')) {
    writeLine(writer, 'CLIENT_ERROR watch commands not allowed');
    return undefined;
  }
  if (writer.length > 0) {
    writeLine(writer, 'ERROR cannot pipeline other commands before watch');
    return undefined;
  }
  const kinds: EventKind[] = [];
  for (const word of words) {
    const isKnown = isEventKind(word) && (word !== 'deletions' || store.version !== '1.6.18');
    if (!isKnown) {
      writeLine(writer, 'ERROR');
      return undefined;
    }
    kinds.push(word);
  }
  const watcher = new LogWatcher(connection.stream);
  if (!store.log.add(watcher, kinds.length === 0 ? ['fetchers'] : kinds)) {
    writeLine(writer, 'WATCHER_TOO_MANY log watcher limit reached');
    return undefined;
  }
  connection.isWatching = true;
  connection.stream.once('close', () => {
    store.log.remove(watcher);
  });
  writeLine(writer, 'OK');
  return 'deaf';
}
