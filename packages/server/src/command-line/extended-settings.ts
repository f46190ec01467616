/** memcached's -o: settings with commas. Of them, TLS and idle_timeout mean something here; the others tune what this server has not. */
import { cannotStart } from './cannot-start.js';
import { readNumber } from './read-number.js';

export interface ExtendedSettings {
  readonly tls: { readonly cert?: string; readonly key?: string; readonly ca?: string; readonly verifyMode?: string };
  /** `undefined` or 0: idle connections stay. */
  readonly idleSeconds: number | undefined;
  readonly leftAlone: readonly string[];
}

const TLS_SETTINGS = {
  ssl_chain_cert: 'cert',
  ssl_key: 'key',
  ssl_ca_cert: 'ca',
  ssl_verify_mode: 'verifyMode',
} as const;

/** Threads, hash tables, slabs and segments of the LRU: what no client sees (memcached -h, 1.6.45). */
const UNSEEN =
  /^(no_)?(modern|maxconns_fast|hashpower|tail_repair_time|hash_algorithm|hashexpand|lru_crawler|lru_maintainer|lru_crawler_sleep|lru_crawler_tocrawl|read_buf_mem_limit|resp_obj_mem_limit|hot_lru_pct|warm_lru_pct|hot_max_factor|warm_max_factor|temporary_ttl|slab_reassign|slab_automove|slab_automove_ratio|slab_automove_window|slab_automove_freeratio|slab_chunk_max|slab_sizes|watcher_logbuf_size|worker_logbuf_size|track_sizes|inline_ascii_resp|drop_privileges|relaxed_privileges|ssl_keyformat|ssl_ciphers|ssl_wbuf_size|ssl_session_cache|ssl_kernel_tls|ssl_min_version|sock_cookie_id)$/;

const REFUSED: readonly (readonly [pattern: RegExp, refusal: string])[] = [
  [/^ext_/, 'This server has no external storage (extstore).'],
  [/^proxy_/, 'This server has no proxy.'],
];

/** @throws `MEMCACHE_INVALID_OPTION` */
export function readExtended(texts: readonly string[]): ExtendedSettings {
  const tls: { cert?: string; key?: string; ca?: string; verifyMode?: string } = {};
  let idleSeconds: number | undefined;
  const leftAlone: string[] = [];
  for (const setting of texts.flatMap((text) => text.split(',')).filter((text) => text !== '')) {
    const [name = '', value = ''] = setting.split(/=(.*)/s);
    if (isTlsSetting(name)) {
      if (value === '') throw cannotStart(`-o ${name} needs a value`, `Write -o ${name}=…`);
      tls[TLS_SETTINGS[name]] = value;
    } else if (name === 'idle_timeout') idleSeconds = readNumber(value, '-o idle_timeout');
    else if (UNSEEN.test(name)) leftAlone.push(`-o ${name}`);
    else throw cannotStart(`-o ${name} is not available`, refusalOf(name));
  }
  return { tls, idleSeconds, leftAlone };
}

function isTlsSetting(name: string): name is keyof typeof TLS_SETTINGS {
  return Object.hasOwn(TLS_SETTINGS, name);
}

function refusalOf(name: string): string {
  const refused = REFUSED.find(([pattern]) => pattern.test(name));
  return (
    refused?.[1] ??
    `Known settings: ${[...Object.keys(TLS_SETTINGS), 'idle_timeout'].join(', ')}, and those of memcached that no client sees.`
  );
}
