import { describe, expect, it } from '@jest/globals';
import { assertCanMove, canMove, type ConnectionState } from './connection-state.js';

const states: readonly ConnectionState[] = ['idle', 'connecting', 'ready', 'diagnosing', 'closed'];

describe('canMove', () => {
  it('reaches ready only over connecting', () => {
    expect(states.filter((from) => canMove(from, 'ready'))).toEqual(['connecting']);
    expect(states.filter((from) => canMove(from, 'connecting'))).toEqual(['idle']);
  });

  it('can close from everywhere, once and for all', () => {
    expect(states.filter((from) => canMove(from, 'closed'))).toEqual(['idle', 'connecting', 'ready', 'diagnosing']);
    expect(states.filter((to) => canMove('closed', to))).toEqual([]);
  });
});

describe('assertCanMove', () => {
  it('names the move that does not exist, and the server', () => {
    expect(() => {
      assertCanMove('closed', 'idle', 'cache:11211');
    }).toThrow(/from closed to idle.*cache:11211.*defect of the client/);
    expect(() => {
      assertCanMove('ready', 'idle', 'cache:11211');
    }).not.toThrow();
  });
});
