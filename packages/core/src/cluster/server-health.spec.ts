import { beforeEach, describe, expect, it } from '@jest/globals';
import { ServerHealth } from './server-health.js';

describe('ServerHealth', () => {
  let random: number;
  let health: ServerHealth;

  beforeEach(() => {
    random = 1;
    health = new ServerHealth({ failures: 3, downTimeMs: 1000, maxDownTimeMs: 5000 }, () => random);
  });

  function takeDown(): void {
    health.failed();
    health.failed();
    expect(health.failed()).toBe(true);
  }

  it('stays up through two failures in a row', () => {
    health.failed();
    health.failed();
    expect([health.isDown, health.isTroubled]).toEqual([false, true]);
  });

  it('counts failures anew after a success', () => {
    health.failed();
    health.failed();
    expect(health.succeeded()).toBe(false);
    health.failed();
    expect(health.isDown).toBe(false);
  });

  it('is down after three failures in a row and tells it once', () => {
    takeDown();
    expect(health.isDown).toBe(true);
    expect(health.failed()).toBe(false);
  });

  it('waits twice as long after each failed probe, up to the longest wait', () => {
    takeDown();
    const waits = Array.from({ length: 5 }, () => {
      const { waitMs } = health;
      health.probeFailed();
      return waitMs;
    });
    expect(waits).toEqual([1000, 2000, 4000, 5000, 5000]);
  });

  it('does not wait longer for requests that were under way when it went down', () => {
    takeDown();
    for (let more = 0; more < 10; more += 1) health.failed();
    expect(health.waitMs).toBe(1000);
  });

  it('leaves out a random half of the wait', () => {
    takeDown();
    random = 0;
    expect(health.waitMs).toBe(500);
    random = 0.5;
    expect(health.waitMs).toBe(750);
  });

  it('is up again after one success and tells it, and the next outage begins with the shortest wait', () => {
    takeDown();
    health.probeFailed();
    expect(health.succeeded()).toBe(true);
    expect([health.isDown, health.isTroubled]).toEqual([false, false]);
    takeDown();
    expect(health.waitMs).toBe(1000);
  });
});
