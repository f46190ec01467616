import { describe, expect, it, jest } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { callBack, type Callback } from './callback-bridge.js';

const ignore = (): void => undefined;

describe('callBack', () => {
  it('calls back once with the value, after the call has returned', async () => {
    const callback = jest.fn<Callback<string>>();
    callBack(() => Promise.resolve('loaded'), callback, ignore);
    expect(callback).not.toHaveBeenCalled();
    await nextTurn();
    expect(callback.mock.calls).toEqual([[null, 'loaded']]);
  });

  it('calls back once with the error of a rejection', async () => {
    const callback = jest.fn<Callback<string>>();
    const failure = new Error('down');
    callBack(() => Promise.reject(failure), callback, ignore);
    await nextTurn();
    expect(callback.mock.calls).toEqual([[failure]]);
  });

  it('never throws: an exception of the work arrives in the callback', async () => {
    const callback = jest.fn<Callback<string>>();
    const failure = new Error('at once');
    callBack(
      () => {
        throw failure;
      },
      callback,
      ignore,
    );
    await nextTurn();
    expect(callback.mock.calls).toEqual([[failure]]);
  });

  it('hands the error on when there is no callback', async () => {
    const onUnheard = jest.fn<(error: unknown) => void>();
    const failure = new Error('down');
    callBack(() => Promise.reject(failure), undefined, onUnheard);
    await nextTurn();
    expect(onUnheard.mock.calls).toEqual([[failure]]);
  });
});
