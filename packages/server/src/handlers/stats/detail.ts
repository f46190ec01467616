import type { StatsContext } from './stat.js';

/** stats detail on, off or dump: the lines of the answer. */
export function switchDetail({ store, facts }: StatsContext, command: string | undefined): readonly string[] {
  // 1.6.18 with -X gives them all the same.
  if (facts.disabled.has('dumping') && facts.version !== '1.6.18') return ['CLIENT_ERROR stats detail not allowed'];
  switch (command) {
    case 'on':
    case 'off':
      store.prefixes.isEnabled = command === 'on';
      return ['OK'];
    case 'dump':
      return [...store.prefixes.dump(), 'END'];
    default:
      return ['CLIENT_ERROR usage: stats detail on|off|dump'];
  }
}
