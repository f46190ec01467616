import { MemcacheError } from '@memkit/protocol';

/** A length of time with its unit, such as `'100ms'`, `'2s'`, `'10m'`, `'1h'` or `'1d'`. */
export type Span = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @throws `MEMCACHE_INVALID_OPTION` @returns milliseconds, negative for a span with a minus */
export function parseSpan(span: unknown, action: string): number {
  const match = /^(-?\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(span));
  const unit = UNIT_MS[match?.[2] ?? ''];
  if (match !== null && unit !== undefined) return Number(match[1]) * unit;
  throw new MemcacheError('INVALID_OPTION', {
    action,
    detail: `${JSON.stringify(span)} is not a length of time`,
    hint: "Write a number with its unit, such as '100ms', '2s' or '10m'.",
  });
}
