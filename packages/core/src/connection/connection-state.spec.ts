import { describe, expect, it } from '@jest/globals';
import { canMove, type ConnectionState } from './connection-state.js';

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
