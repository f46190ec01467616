import { describe, expect, it } from '@jest/globals';
import { readInt32, readUint32, readUint64 } from './wire-numbers.js';

describe('numbers of request lines', () => {
  it.each([
    ['0', 0],
    ['-1', -1],
    ['+7', 7],
    ['2147483648', -2147483648],
    ['99999999999', 1215752191],
    ['9223372036854775808', undefined],
    ['1x', undefined],
    ['', undefined],
    ['-', undefined],
  ])('readInt32 reads %j as %p', (token, value) => {
    expect(readInt32(token)).toBe(value);
  });

  it.each([
    ['4294967295', 4294967295],
    ['4294967296', 0],
    ['-1', undefined],
    ['x', undefined],
  ])('readUint32 reads %j as %p', (token, value) => {
    expect(readUint32(token)).toBe(value);
  });

  it.each([
    ['18446744073709551615', 18446744073709551615n],
    ['18446744073709551616', undefined],
    ['-1', undefined],
    ['-18446744073709551615', 1n],
    [' 7', 7n],
    ['7 8', 7n],
    ['5\0x', 5n],
    ['5x', undefined],
  ])('readUint64 reads %j as %p', (token, value) => {
    expect(readUint64(token)).toBe(value);
  });
});
