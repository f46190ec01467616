import type { ItemStore } from '../../store/item-store.js';

/** stats detail on, off or dump: the lines of the answer. */
export function switchDetail(store: ItemStore, command: string | undefined): readonly string[] {
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
