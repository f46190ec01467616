import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { AccountList } from './account-list.js';
import { ALL_CAPABILITIES, type Capability, type ServerCredentials } from './credentials.js';

const shop: ServerCredentials = { username: 'shop', password: 's3cret' };
const reports: ServerCredentials = { username: 'reports', password: 'r3ports', capabilities: [] };

function usernames(accounts: AccountList): readonly string[] {
  return accounts.list().map(({ username }) => username);
}

function failure(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

function refusal(message: string): unknown {
  return expect.objectContaining({ code: 'MEMCACHE_INVALID_OPTION', message: expect.stringContaining(message) });
}

describe('AccountList', () => {
  it('lists the accounts with what they may do, the primary first', () => {
    const accounts = new AccountList('memcachier', [shop, reports]);
    expect(accounts.list()).toEqual([
      { username: 'shop', capabilities: ALL_CAPABILITIES, isPrimary: true, connections: 0 },
      { username: 'reports', capabilities: [], isPrimary: false, connections: 0 },
    ]);
    expect(accounts.primary).toEqual(shop);
  });

  it('promotes an account to the primary, which comes first', () => {
    const accounts = new AccountList('memcachier', [shop, reports]);
    accounts.promote('reports');
    expect(usernames(accounts)).toEqual(['reports', 'shop']);
    expect(accounts.primary).toEqual({ username: 'reports', password: 'r3ports' });
  });

  it('adds behind the others, and makes the next one the primary when the primary is removed', () => {
    const accounts = new AccountList('memcachier', [shop]);
    accounts.add(reports);
    accounts.add({ username: 'jobs', password: '' });
    expect(usernames(accounts)).toEqual(['shop', 'reports', 'jobs']);
    accounts.remove('shop');
    expect(accounts.list()[0]).toMatchObject({ username: 'reports', isPrimary: true });
  });

  it('tells a management API who somebody is and what they may do, of a disabled cache too', () => {
    const accounts = new AccountList('memcachier', [shop, { ...reports, capabilities: ['api'] }]);
    accounts.disable();
    expect(accounts.authenticate('reports', 'r3ports')).toMatchObject({ username: 'reports', capabilities: ['api'] });
    expect(accounts.authenticate('reports', 's3cret')).toBeUndefined();
    expect(accounts.authenticate('nobody', 's3cret')).toBeUndefined();
  });

  it('counts the connections of each account, and ends those of one when asked to', () => {
    const accounts = new AccountList('memcachier', [shop, reports]);
    const ended: string[] = [];
    for (const name of ['a', 'b']) accounts.enter('shop', 's3cret', () => ended.push(name));
    accounts.enter('reports', 'r3ports', () => ended.push('c'));
    expect(accounts.list().map(({ connections }) => connections)).toEqual([2, 1]);
    accounts.rotate('shop', 'n3w');
    expect(ended).toEqual([]);
    accounts.rotate('shop', 'n3wer', { disconnect: true });
    expect(ended).toEqual(['a', 'b']);
    accounts.remove('reports', { disconnect: true });
    expect(ended).toEqual(['a', 'b', 'c']);
  });

  it('lets in with the new password alone after a rotation', () => {
    const accounts = new AccountList('sasl', [shop]);
    accounts.rotate('shop', 'n3w');
    const end = (): void => undefined;
    expect(accounts.enter('shop', 's3cret', end)).toBeUndefined();
    expect(accounts.enter('shop', 'n3w', end)?.username).toBe('shop');
  });

  it('lets nobody in while it is disabled, and ends every connection, those of removed accounts too', () => {
    const accounts = new AccountList('memcachier', [shop, reports]);
    let ended = 0;
    const end = (): void => void (ended += 1);
    accounts.enter('reports', 'r3ports', end);
    accounts.remove('reports');
    expect(ended).toBe(0);
    accounts.disable();
    expect([ended, accounts.isDisabled]).toEqual([1, true]);
    expect(accounts.enter('shop', 's3cret', end)).toBeUndefined();
    accounts.enable();
    expect(accounts.isDisabled).toBe(false);
    expect(accounts.enter('shop', 's3cret', end)).toBeDefined();
  });

  it('changes what an account may do, for whoever is logged in with it as well', () => {
    const accounts = new AccountList('memcachier', [shop]);
    const entered = accounts.enter('shop', 's3cret', () => undefined);
    accounts.allow('shop', ['flush']);
    expect(ALL_CAPABILITIES.map((capability) => entered?.may(capability))).toEqual([false, true, false]);
  });

  it.each<[string, (accounts: AccountList) => void, string]>([
    ['a username that is taken', (accounts) => accounts.add({ ...reports, username: 'shop' }), 'rotate()'],
    ['to remove somebody unknown', (accounts) => accounts.remove('nobody'), 'accounts.list()'],
    ['to rotate for somebody unknown', (accounts) => accounts.rotate('nobody', 'x'), 'accounts.list()'],
    ['to promote somebody unknown', (accounts) => accounts.promote('nobody'), 'accounts.list()'],
    ['capabilities for somebody unknown', (accounts) => accounts.allow('nobody', []), 'accounts.list()'],
    ['to remove the last one', (accounts) => accounts.remove('shop'), 'or disable() the cache'],
    ['a password that is none', (accounts) => accounts.rotate('shop', 7 as unknown as string), 'is number'],
    ['an unknown capability', (accounts) => accounts.allow('shop', ['read' as Capability]), 'write, flush, api'],
    [
      'a misspelled field',
      (accounts) => accounts.add({ ...reports, pasword: '' } as never),
      'Did you mean "password"?',
    ],
    ['no object', (accounts) => accounts.add(undefined as never), 'not an object'],
    ['a NUL', (accounts) => accounts.add({ ...reports, password: 'a\0b' }), 'NUL'],
    ['a line end', (accounts) => accounts.rotate('shop', 'a\nb'), 'line end'],
    ['a username of two words', (accounts) => accounts.add({ ...reports, username: 'a b' }), 'one word'],
  ])('refuses %s', (_, act, message) => {
    const accounts = new AccountList('memcachier', [shop]);
    const before = accounts.list();
    expect(
      failure(() => {
        act(accounts);
      }),
    ).toEqual(refusal(message));
    expect(accounts.list()).toEqual(before);
  });

  it('takes a password with spaces where the login can carry it', () => {
    const spaced = { username: 'shop', password: 'open sesame' };
    for (const login of ['sasl', 'memcachier'] as const) new AccountList(login, [shop]).rotate('shop', spaced.password);
    expect(failure(() => new AccountList('ascii', [shop]).add({ ...spaced, username: 'jobs' }))).toEqual(
      refusal('one word'),
    );
  });

  it('has nothing to do on a server without a login, and says so', () => {
    const accounts = new AccountList(undefined, []);
    expect([accounts.list(), accounts.primary, accounts.login]).toEqual([[], undefined, undefined]);
    for (const act of [() => accounts.add(shop), () => accounts.remove('shop'), () => accounts.disable()]) {
      expect(failure(act)).toEqual(refusal('asks nobody for a login'));
    }
  });

  it('shows no username it was asked about and no password, in errors and when it is printed', () => {
    const accounts = new AccountList('memcachier', [shop]);
    const errors = [
      failure(() => accounts.add({ ...shop, password: 'hunter2' })),
      failure(() => accounts.remove('shop')),
    ];
    expect(inspect([accounts, errors], { depth: 20, showHidden: true })).not.toMatch(/s3cret|hunter2|"shop"/);
  });
});
