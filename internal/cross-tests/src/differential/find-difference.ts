/** Plays a sequence, and when the replies differ, finds the least of it that makes them differ. */
import type { Operation } from './operation.js';
import { showReplies, type Player } from './player.js';
import { shrink } from './shrink.js';

/**
 * memcached's thread that sorts its lists holds an item for a moment now and then; a number changed in that moment is
 * stored anew (see known-differences.ts), in one of ten plays of a sequence made for it. Of the programs is what differs
 * each time.
 */
const PLAYS = 20;

/** What to read about it; `undefined` when the replies are the same. */
export async function findDifference(player: Player, sequence: readonly Operation[]): Promise<string | undefined> {
  const differs = async (operations: readonly Operation[]): Promise<boolean> => {
    for (let play = 0; play < PLAYS; play += 1) {
      const { theirs, ours } = await player.play(operations);
      if (theirs === ours) return false;
    }
    return true;
  };
  if (!(await differs(sequence))) return undefined;
  const least = await shrink(sequence, differs);
  const { theirs, ours } = await player.play(least);
  return [
    'sent, on a fresh connection to an empty server:',
    ...least.map((operation) => `  ${operation.shown}`),
    'memcached answers:',
    ...showReplies(theirs).map((reply) => `  ${reply}`),
    'this server answers:',
    ...showReplies(ours).map((reply) => `  ${reply}`),
  ].join('\n');
}
