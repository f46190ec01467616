import { beforeEach, describe, expect, it } from '@jest/globals';
import { ServerHealth } from './server-health.js';

describe('ServerHealth', () => {
  let nowMs: number;
  let health: ServerHealth;

  beforeEach(() => {
    nowMs = 1000;
    health = new ServerHealth(() => nowMs);
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

  it('gives one probe per second while down', () => {
    takeDown();
    expect(health.takeProbe()).toBe(false);
    nowMs += 999;
    expect(health.takeProbe()).toBe(false);
    nowMs += 1;
    expect(health.takeProbe()).toBe(true);
    expect(health.takeProbe()).toBe(false);
    nowMs += 1000;
    expect(health.takeProbe()).toBe(true);
  });

  it('is up again after one success and tells it', () => {
    takeDown();
    expect(health.succeeded()).toBe(true);
    expect([health.isDown, health.isTroubled]).toEqual([false, false]);
  });
});
