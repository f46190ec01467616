import { describe, expect, it } from '@jest/globals';
import { KeyTurns } from './key-turns.js';

function deferred<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('KeyTurns', () => {
  it('lets nobody wait while no value is being made', () => {
    expect(new KeyTurns().turnOf('k')).toBeUndefined();
    expect(new KeyTurns().turnOfAll(['k'])).toBeUndefined();
  });

  it('keeps the order of turns whose values are ready in another order', async () => {
    const turns = new KeyTurns();
    const [first, second] = [deferred<string>(), deferred<string>()];
    const sent: string[] = [];
    void turns.take('k', first.promise).then((value) => sent.push(value));
    void turns.take('k', second.promise).then((value) => sent.push(value));
    void turns.turnOf('k')?.then(() => sent.push('delete'));
    second.resolve('second');
    await settled();
    expect(sent).toEqual([]);
    first.resolve('first');
    await settled();
    expect(sent).toEqual(['first', 'second', 'delete']);
    expect(turns.turnOf('k')).toBeUndefined();
  });

  it('goes on after a value that could not be made', async () => {
    const turns = new KeyTurns();
    const [bad, good] = [deferred<string>(), deferred<string>()];
    const failed = turns.take('k', bad.promise).catch(() => 'failed');
    const stored = turns.take('k', good.promise);
    bad.reject(new Error('not packed'));
    good.resolve('good');
    expect(await failed).toBe('failed');
    expect(await stored).toBe('good');
    await settled();
    expect(turns.turnOf('k')).toBeUndefined();
  });

  it('makes many keys wait for those that are busy, and no others', async () => {
    const turns = new KeyTurns();
    const value = deferred<string>();
    void turns.take('busy', value.promise);
    expect(turns.turnOfAll(['idle'])).toBeUndefined();
    const turn = turns.turnOfAll(['idle', 'busy']);
    value.resolve('done');
    await expect(turn).resolves.toBeDefined();
  });
});
