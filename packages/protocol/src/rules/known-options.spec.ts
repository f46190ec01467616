import { describe, expect, it } from '@jest/globals';
import { assertKnownOptions } from './known-options.js';

const KNOWN = ['port', 'host', 'itemSizeMax', 'timeout'];

function messageFor(options: unknown): string {
  try {
    assertKnownOptions(options, KNOWN, 'createServer()');
  } catch (error) {
    expect(error).toMatchObject({ code: 'MEMCACHE_INVALID_OPTION' });
    return (error as Error).message;
  }
  return 'accepted';
}

describe('assertKnownOptions', () => {
  it('accepts any subset of the known names', () => {
    expect(messageFor({})).toBe('accepted');
    expect(messageFor({ port: 0, itemSizeMax: undefined })).toBe('accepted');
  });

  it.each([
    ['prot', 'port'],
    ['itemsizemax', 'itemSizeMax'],
    ['timeOut', 'timeout'],
    ['hosts', 'host'],
    ['item', 'itemSizeMax'],
  ])('names the nearest option for %s', (wrong, right) => {
    const message = messageFor({ [wrong]: 1 });
    expect(message).toContain(`"${wrong}" of createServer()`);
    expect(message).toContain(`Did you mean "${right}"?`);
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['port', 'a string'],
    [60, 'a number'],
  ])('refuses %s, which is no object', (options, named) => {
    const message = messageFor(options);
    expect(message).toContain(`the options of createServer(): they are ${named}, not an object`);
    expect(message).toContain('Give an object with any of port, host');
  });

  it('lists the known names when none is close', () => {
    expect(messageFor({ banana: 1 })).toContain('Known options: port, host, itemSizeMax, timeout.');
    expect(messageFor({ banana: 1 })).not.toContain('Did you mean');
  });
});
