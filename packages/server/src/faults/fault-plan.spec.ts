import { describe, expect, it } from '@jest/globals';
import { FaultPlan, type FaultCommand } from './fault-plan.js';
import type { Span } from './span.js';

describe('FaultPlan', () => {
  it('has no fault until one is planned', () => {
    expect(new FaultPlan().take('get')).toBeUndefined();
  });

  it('hits the named commands only', () => {
    const faults = new FaultPlan();
    faults.on('set', 'add').close();
    expect(faults.take('get')).toBeUndefined();
    expect(faults.take('add')).toEqual({ kind: 'close' });
  });

  it('lets the first ones pass and stops after the planned number', () => {
    const faults = new FaultPlan();
    faults.on('get').after(2).times(1).dropAfter(10);
    expect([1, 2, 3, 4].map(() => faults.take('get'))).toEqual([
      undefined,
      undefined,
      { kind: 'drop', bytes: 10 },
      undefined,
    ]);
  });

  it('lets the sentence written last win', () => {
    const faults = new FaultPlan();
    faults.silence();
    faults.on('get').times(1).delay('2s');
    expect(faults.take('get')).toEqual({ kind: 'delay', delayMs: 2000 });
    expect(faults.take('get')).toEqual({ kind: 'silence' });
  });

  it('is empty after clear()', () => {
    const faults = new FaultPlan();
    faults.close();
    faults.refuse();
    faults.clear();
    expect(faults.take('get')).toBeUndefined();
    expect(faults.refusesConnections).toBe(false);
  });

  it.each<[string, (faults: FaultPlan) => void, string]>([
    [
      'a delay without a unit',
      (faults) => {
        faults.delay('100' as Span);
      },
      "'100ms'",
    ],
    [
      'an unknown command',
      (faults) => {
        faults.on('fetch' as FaultCommand).close();
      },
      'Known commands: get, set',
    ],
    [
      'a number of times below one',
      (faults) => {
        faults.on().times(0).close();
      },
      'times(0)',
    ],
    [
      'a fraction of a byte',
      (faults) => {
        faults.dropAfter(1.5);
      },
      'dropAfter(1.5)',
    ],
  ])('refuses %s and says what to write', (_, plan, message) => {
    const faults = new FaultPlan();
    let failure: unknown;
    try {
      plan(faults);
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({
      code: 'MEMCACHE_INVALID_OPTION',
      message: expect.stringContaining(message),
    });
  });
});
