import { describe, expect, it } from '@jest/globals';
import { parseServerList } from './connection-url.js';
import { shareAccess } from './share-access.js';

const listed = (text: string) => parseServerList(text, 'a test').servers;

describe('shareAccess', () => {
  it('gives what all known servers have in common', () => {
    const known = listed('memcaches://u:p@mc1.memcachier.com,mc2.memcachier.com');
    expect(shareAccess(listed('other'), known)).toEqual([
      { ...listed('other')[0], auth: { username: 'u', password: 'p' }, tls: true, sizeRule: 'key-and-value' },
    ]);
  });

  it('leaves what a server says itself', () => {
    const known = listed('memcaches://u:p@known');
    expect(shareAccess(listed('memcached://own:secret@other'), known)).toMatchObject([
      { auth: { username: 'own', password: 'secret' } },
    ]);
  });

  it('gives nothing that only some have', () => {
    const known = [...listed('memcaches://u:p@mc1.memcachier.com'), ...listed('plain')];
    expect(shareAccess(listed('other'), known)).toEqual(listed('other'));
    expect(shareAccess(listed('other'), [])).toEqual(listed('other'));
  });
});
