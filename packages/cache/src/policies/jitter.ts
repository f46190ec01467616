import type { Jitter } from '../engine/setting-values.js';

/** The ttl less what chance takes off: so an entry never lives longer than it was meant to. */
export function jittered(ttlMs: number, jitter: Jitter | undefined, random: () => number): number {
  if (jitter === undefined || !Number.isFinite(ttlMs)) return ttlMs;
  const most = 'ms' in jitter ? Math.min(jitter.ms, ttlMs) : jitter.share * ttlMs;
  return ttlMs - random() * most;
}
