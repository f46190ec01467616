import { describe, expect, it } from '@jest/globals';
import { parseVersion, speaks, versionGates, type VersionGate } from './version-gates.js';

describe('parseVersion', () => {
  it.each([
    ['1.6.18', [1, 6, 18]],
    ['1.6.18_beta', [1, 6, 18]],
    ['1.4.39-something', [1, 4, 39]],
    ['1.6.9+dfsg', [1, 6, 9]],
    ['1.5.0 DF', [1, 5, 0]],
    ['1.6.38 (Debian)', [1, 6, 38]],
  ])('reads %s', (text, version) => {
    expect(parseVersion(text)).toEqual(version);
  });

  it.each([
    '',
    '1.6',
    '1.6.18.3',
    'mcrouter 36.0.0',
    '6.6.0-7909-enterprise',
    '2.1.0',
    'unknown',
    'v1.6.18',
    '-1.6.18',
  ])('does not take "%s" for a version of memcached', (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });
});

describe('speaks', () => {
  it.each([
    ['meta', '1.6.9', '1.6.10'],
    ['opaqueOnMiss', '1.6.17', '1.6.18'],
    ['itemsBehindErrors', '1.6.12', '1.6.13'],
    ['getAndTouch', '1.5.2', '1.5.3'],
    ['touch', '1.4.7', '1.4.8'],
    ['tls', '1.5.12', '1.5.13'],
    ['authFile', '1.5.14', '1.5.15'],
    ['appendCreates', '1.6.19', '1.6.20'],
    ['newCas', '1.6.26', '1.6.27'],
    ['dropValue', '1.6.26', '1.6.27'],
    ['conditionalGet', '1.6.39', '1.6.40'],
  ] as const)('knows that %s is not in %s and is in %s', (gate, before, since) => {
    expect([speaks(before, gate), speaks(since, gate)]).toEqual([false, true]);
    expect([speaks('1.3.99', gate), speaks('1.7.0', gate)]).toEqual([false, true]);
  });

  it('lets no version pass that it does not know', () => {
    for (const gate of Object.keys(versionGates) as VersionGate[]) {
      for (const version of [undefined, '', '36.0.0', 'memcached']) expect(speaks(version, gate)).toBe(false);
    }
  });
});
