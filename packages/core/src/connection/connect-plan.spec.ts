import { describe, expect, it } from '@jest/globals';
import { firstPlan, PlanMemory } from './connect-plan.js';

describe('firstPlan', () => {
  it.each([
    ['auto', undefined, 'none', 'detect'],
    ['auto', 'auto', 'sasl', 'binary'],
    ['auto', 'sasl', 'sasl', 'binary'],
    ['auto', 'ascii', 'ascii', 'detect'],
    ['auto', 'memcachier', 'memcachier', 'detect'],
    ['binary', undefined, 'none', 'binary'],
    ['binary', 'auto', 'sasl', 'binary'],
    ['meta', undefined, 'none', 'meta'],
    ['meta', 'auto', 'ascii', 'meta'],
    ['text', 'auto', 'ascii', 'text'],
    ['text', 'memcachier', 'memcachier', 'text'],
  ] as const)('%s with login %s › %s, then %s', (protocol, mechanism, login, then) => {
    expect(firstPlan(protocol, mechanism, 'cache.example')).toEqual({ login, then });
  });

  it("uses MemCachier's ASCII login on its hosts", () => {
    expect(firstPlan('text', 'auto', 'mc1.dev.ec2.memcachier.com')).toEqual({ login: 'memcachier', then: 'text' });
    expect(firstPlan('text', 'auto', 'memcachier.com.evil.example')).toEqual({ login: 'ascii', then: 'text' });
  });

  it.each([
    ['binary', 'ascii'],
    ['binary', 'memcachier'],
    ['meta', 'sasl'],
    ['text', 'sasl'],
  ] as const)('%s has no login of the form %s', (protocol, mechanism) => {
    expect(() => firstPlan(protocol, mechanism, 'cache.example')).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_INVALID_OPTION',
        message: expect.stringContaining(`the ${protocol} protocol has no login of the form "${mechanism}"`),
      }),
    );
  });
});

describe('PlanMemory', () => {
  it('keeps what worked until something fails', () => {
    const memory = new PlanMemory();
    memory.remember({ login: 'ascii', then: 'detect' });
    expect(memory.worked).toEqual({ login: 'ascii', then: 'detect' });
    memory.forget();
    expect(memory.worked).toBeUndefined();
  });
});
