import { describe, expect, it } from '@jest/globals';
import { fillTemplate } from './key-template.js';

describe('fillTemplate', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['user:{id}', { id: 42 }, 'user:42'],
    ['user:{id}:posts:{page}', { id: 'ada', page: 2n }, 'user:ada:posts:2'],
    ['config', {}, 'config'],
    ['user:{id}', { id: '日本' }, 'user:日本'],
    ['user:{id}', { id: '{id}$&' }, 'user:{id}$&'],
  ])('%s with %o is %s', (template, parameters, key) => {
    expect(fillTemplate(template, parameters)).toBe(key);
  });

  it('lets no parameter reach into the next part', () => {
    const fill = (a: string, b: string) => fillTemplate('x:{a}:{b}', { a, b });
    expect(fill('1:2', '3')).not.toBe(fill('1', '2:3'));
    expect(fill('1:2', '3')).toBe('x:1%3A2:3');
    expect(fill('1%3A2', '3')).toBe('x:1%253A2:3');
    expect(fillTemplate('user:{id}', { id: '1:posts' })).not.toBe(fillTemplate('user:{id}:posts', { id: '1' }));
  });

  it('leaves punctuation that the template has not', () => {
    expect(fillTemplate('user:{id}', { id: 'a-b@example.com/x' })).toBe('user:a-b@example.com/x');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['user:{id}', {}, '"id" is missing'],
    ['user:{id}', { id: '' }, '"id" is empty'],
    ['user:{id}', { id: Number.NaN }, '"id" is of type number'],
    ['user:{toString}', {}, '"toString" is missing'],
    ['{a}{b}', { a: 1, b: 2 }, 'tells where the first one ends'],
    ['{a}and{b}', { a: 1, b: 2 }, 'tells where the first one ends'],
  ])('refuses %s with %o', (template, parameters, message) => {
    expect(() => fillTemplate(template, parameters)).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_INVALID_KEY', message: expect.stringContaining(message) }),
    );
  });
});
