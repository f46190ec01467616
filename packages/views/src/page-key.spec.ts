import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { pageAddress, pageKey, requestVariant, varyNames } from './page-key.js';

function requestTo(url: string, headers: Record<string, string> = {}, facts: object = {}): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  return Object.assign(request, { url, headers: { host: 'shop.example', ...headers } }, facts);
}
const addressOf = (...args: Parameters<typeof requestTo>): string => pageAddress(requestTo(...args), () => false);

describe('pageAddress', () => {
  it('reads as the address of the page, with the host in lower case and the query in order', () => {
    expect(addressOf('/list?b=1&a=2', { host: 'Shop.Example:8080' })).toBe('http://shop.example:8080/list?a=2&b=1');
  });

  it('takes path, scheme and host as Express sees them', () => {
    const seen = { originalUrl: '/shop/list', protocol: 'https', hostname: 'shop.example' };
    expect(addressOf('/list', {}, seen)).toBe('https://shop.example/shop/list');
  });

  it('keeps apart two hosts behind one proxy name', () => {
    const behindProxy = (hostname: string): string => addressOf('/', { host: 'internal:80' }, { hostname });
    expect(behindProxy('a.example')).not.toBe(behindProxy('b.example'));
    expect(behindProxy('internal')).toBe('http://internal:80/');
  });

  it('treats an empty query as none', () => {
    expect(addressOf('/list?')).toBe(addressOf('/list'));
  });

  it('knows encrypted connections and HTTP/2 names', () => {
    const request = requestTo('/', {}, { socket: Object.assign(new Socket(), { encrypted: true }) });
    request.headers = { ':authority': 'two.example' };
    expect(pageAddress(request, () => false)).toBe('https://two.example/');
  });
});

describe('pageKey', () => {
  it('shows the address and hides the rest behind a digest', () => {
    expect(pageKey('http://shop.example/')).toBe('page:http://shop.example/');
    expect(pageKey('http://shop.example/', ['secret'])).toMatch(/^page:http:\/\/shop\.example\/#[\w-]{43}$/);
  });

  it('cannot be forged by an address that looks like another key', () => {
    const digest = pageKey('http://shop.example/', ['ada']).split('#')[1] ?? '';
    expect(pageKey(addressOf(`/#${digest}`))).not.toBe(pageKey('http://shop.example/', ['ada']));
  });

  it('keeps lists of parts apart that read the same when joined', () => {
    expect(pageKey('x', ['a', 'b'])).not.toBe(pageKey('x', ['ab']));
    expect(pageKey('x', ['a', 'b'])).not.toBe(pageKey('x', ['a,b']));
  });
});

describe('requestVariant', () => {
  it('differs by the named headers only', () => {
    const of = (headers: Record<string, string>) =>
      requestVariant(requestTo('/', headers), varyNames('Accept, X-Zone'));
    expect(of({ accept: 'a', other: '1' })).toEqual(of({ accept: 'a', other: '2' }));
    expect(of({ accept: 'a' })).not.toEqual(of({ accept: 'b' }));
    expect(of({ accept: 'a' })).not.toEqual(of({ 'x-zone': 'a' }));
  });

  it('does not depend on how Vary lists the names', () => {
    expect(varyNames(' X-Zone,accept,, ACCEPT ')).toEqual(['accept', 'x-zone']);
  });
});
