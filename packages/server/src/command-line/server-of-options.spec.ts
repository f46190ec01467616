import { describe, expect, it } from '@jest/globals';
import { readOptions } from './given-options.js';
import { planServer } from './server-of-options.js';

const optionsOf = (line: string): object => planServer(readOptions(line.split(' ').filter(Boolean)), {}).options;

describe('planServer', () => {
  it('listens on 11211 of this machine, as memcached does of every one', () => {
    expect(optionsOf('')).toMatchObject({ port: 11_211 });
    expect(optionsOf('')).not.toHaveProperty('host');
    expect(optionsOf('-p 0')).toMatchObject({ port: 0 });
  });

  it("closes idle connections after memcached's idle_timeout, in seconds, and not with 0", () => {
    expect(optionsOf('-o modern,idle_timeout=30')).toMatchObject({ idleTimeout: '30s' });
    expect(optionsOf('-o idle_timeout=0')).not.toHaveProperty('idleTimeout');
    expect(optionsOf('')).not.toHaveProperty('idleTimeout');
    expect(() => optionsOf('-o idle_timeout=soon')).toThrow('-o idle_timeout is "soon"');
  });
});
