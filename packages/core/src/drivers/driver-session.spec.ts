import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DriverSession } from './driver-session.js';

describe('the numbers of requests', () => {
  it('differ among all that are under way, and have two digits while those are no more than 99', () => {
    const turns = fc.array(fc.tuple(fc.nat(150), fc.nat(150)), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(turns, (plan) => {
        const session = new DriverSession('cache.example:11211', { isLoggedIn: false });
        const underWay: number[] = [];
        for (const [made, answered] of plan) {
          for (let at = 0; at < made; at += 1) {
            const opaque = session.nextOpaque();
            underWay.push(opaque);
            if (underWay.length <= 99) expect(opaque).toBeLessThanOrEqual(99);
          }
          expect(new Set(underWay).size).toBe(underWay.length);
          for (let at = Math.min(answered, underWay.length); at > 0; at -= 1) {
            underWay.shift();
            session.answered();
          }
        }
      }),
    );
  });

  it('fit into sixteen bits, and count anew behind the last one', () => {
    const session = new DriverSession('cache.example:11211', { isLoggedIn: false });
    const opaques = Array.from({ length: 200_000 }, () => session.nextOpaque());
    expect(Math.max(...opaques.slice(0, 70_000))).toBe(0xffff);
    expect(opaques.every((opaque) => opaque >= 1 && opaque <= 0xffff)).toBe(true);
    expect(new Set(opaques.slice(100_000, 165_436)).size).toBe(65_436);
  });
});
