/** stats sizes and its two switches (1.6.18). */
import type { ItemStore } from '../../store/item-store.js';
import type { Stat } from './stat.js';

export function sizeStats(store: ItemStore): readonly Stat[] {
  if (!store.sizes.isEnabled) return [['sizes_status', 'disabled']];
  return store.sizes.entries().map(([bytes, items]): Stat => [String(bytes), String(items)]);
}

/** 1.6.18 sends no end behind the answers to its two switches. */
export function hasEnd(group: string): boolean {
  return group !== 'sizes_enable' && group !== 'sizes_disable';
}

export function enableSizes(store: ItemStore): readonly Stat[] {
  if (!store.cas.isEnabled) {
    return [
      ['sizes_status', 'error'],
      ['sizes_error', 'cas_support_disabled'],
    ];
  }
  store.sizes.enable(store.cas.next());
  return [['sizes_status', 'enabled']];
}

export function disableSizes(store: ItemStore): readonly Stat[] {
  store.sizes.disable();
  return [['sizes_status', 'disabled']];
}
