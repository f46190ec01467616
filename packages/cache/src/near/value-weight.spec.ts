import { describe, expect, it } from '@jest/globals';
import { weighValue } from './value-weight.js';

describe('weighValue', () => {
  it('grows with text, counting two bytes a character where V8 does', () => {
    expect(weighValue('x'.repeat(1000)) - weighValue('x'.repeat(500))).toBe(500);
    expect(weighValue('日'.repeat(1000)) - weighValue('日'.repeat(500))).toBe(1000);
  });

  it('counts what is inside, also where nothing else has a weight', () => {
    expect(weighValue([[], [{}]])).toBeGreaterThan(weighValue([]) * 3);
    expect(weighValue(Buffer.alloc(1000))).toBeGreaterThanOrEqual(1000);
    expect(weighValue(null)).toBe(0);
  });

  it('counts a field of a large object, which is a hash table, more than one of a small', () => {
    const object = (fields: number) =>
      Object.fromEntries(Array.from({ length: fields }, (_, at) => [`field ${String(at)}`, null]));
    expect(weighValue(object(100)) / 100).toBeGreaterThan((weighValue(object(10)) / 10) * 2);
  });

  it('visits every object and array', () => {
    const value = { list: [{ deep: 1 }] };
    const seen: object[] = [];
    weighValue(value, (part) => seen.push(part));
    expect(seen).toEqual([value, value.list, value.list[0]]);
  });

  it('goes deeper than calls can be nested', () => {
    expect(weighValue(JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)))).toBeGreaterThan(50_000);
  });
});
