/** How numbers and words are shown; templates have these as `it.format`. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

export function area(km2: number): string {
  return `${km2 < 10 ? short.format(km2) : whole.format(km2)} km²`;
}

export function kilometres(km: number): string {
  return `${whole.format(km)} km`;
}

export function milliseconds(ms: number): string {
  if (ms === 0) return '0 ms';
  return `${ms < 10 ? ms.toFixed(1) : whole.format(ms)} ms`;
}

export function percent(share: number): string {
  return share > 0 && share < 0.001 ? 'less than 0.1 %' : `${(share * 100).toFixed(1)} %`;
}

/** `1 query`, `3 queries`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${whole.format(number)} ${number === 1 ? one : many}`;
}

export function ordinal(number: number): string {
  const tail = number % 100;
  const ending = tail > 10 && tail < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return `${whole.format(number)}${ending}`;
}

/** 47, 8 -> `47° N, 8° E`. */
export function coordinates(latitude: number, longitude: number): string {
  const side = (degrees: number, positive: string, negative: string): string =>
    `${Math.abs(degrees).toFixed(1).replace('.0', '')}° ${degrees < 0 ? negative : positive}`;
  return `${side(latitude, 'N', 'S')}, ${side(longitude, 'E', 'W')}`;
}

export function orDash(text: string): string {
  return text === '' ? '—' : text;
}
