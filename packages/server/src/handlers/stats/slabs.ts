import { chunksPerPage, type ClassCommand } from '../../store/class-stats.js';
import type { ItemStore } from '../../store/item-store.js';
import { CHUNK_BYTES, SLAB_PAGE_BYTES } from '../../store/slab-classes.js';
import type { Stat } from './stat.js';

const COMMANDS: readonly ClassCommand[] = [
  'get_hits',
  'cmd_set',
  'delete_hits',
  'incr_hits',
  'decr_hits',
  'cas_hits',
  'cas_badval',
  'touch_hits',
];

/** stats slabs: the pages and chunks memcached would have taken for these items. */
export function slabStats(store: ItemStore): readonly Stat[] {
  const used = store.classes.used();
  const lines = used.flatMap(([slabClass, counted]) => {
    const { number, bytes, pages } = counted;
    const perPage = chunksPerPage(slabClass);
    const chunkBytes = CHUNK_BYTES[slabClass] ?? 0;
    // Items larger than a chunk take several.
    const chunks = Math.max(number, slabClass === CHUNK_BYTES.length - 1 ? Math.ceil(bytes / chunkBytes) : 0);
    const values: readonly (readonly [string, number])[] = [
      ['chunk_size', chunkBytes],
      ['chunks_per_page', perPage],
      ['total_pages', pages],
      ['total_chunks', pages * perPage],
      ['used_chunks', chunks],
      ['free_chunks', Math.max(0, pages * perPage - chunks)],
      ['free_chunks_end', 0],
      ...COMMANDS.map((name) => [name, counted[name]] as const),
    ];
    return values.map(([name, value]): Stat => [`${String(slabClass)}:${name}`, String(value)]);
  });
  const pages = used.reduce((total, [, stats]) => total + stats.pages, 0);
  return [...lines, ['active_slabs', String(used.length)], ['total_malloced', String(pages * SLAB_PAGE_BYTES)]];
}
