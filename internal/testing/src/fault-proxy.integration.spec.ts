import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { requestFrame } from './binary-frames.js';
import type { Fault } from './fault.js';
import { startFaultProxy, type FaultProxy } from './fault-proxy.js';
import { GARBAGE } from './faulty-bytes.js';
import { startMemcached, type RealMemcached } from './real-memcached.js';

let server: RealMemcached;
let proxies: FaultProxy[] = [];
let clients: Client[] = [];

beforeAll(async () => {
  server = await startMemcached();
});
afterAll(() => server.stop());
afterEach(async () => {
  for (const client of clients) client.socket.destroy();
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  clients = [];
  proxies = [];
});

async function proxied(fault?: Fault): Promise<FaultProxy> {
  const proxy = await startFaultProxy(server.port);
  proxies.push(proxy);
  if (fault !== undefined) await proxy.fault.set(fault);
  return proxy;
}

/** A plain socket that keeps what it receives and how it ended. */
class Client {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  chunks = 0;
  /** `end`: FIN. Otherwise the code of the error. */
  ending: string | undefined;
  #onChange = (): void => undefined;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    clients.push(this);
    this.socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.chunks += 1;
      this.#onChange();
    });
    this.socket.on('end', () => this.#ended('end'));
    this.socket.on('error', (error: NodeJS.ErrnoException) => this.#ended(error.code));
  }

  #ended(how: string | undefined): void {
    this.ending ??= how;
    this.#onChange();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#onChange = resolve));
  }

  /** What comes back once `bytes` bytes are there. */
  async ask(request: string | Buffer, bytes: number): Promise<string> {
    this.received = Buffer.alloc(0);
    this.socket.write(request);
    await this.until(() => this.received.length >= bytes);
    return this.received.toString('latin1');
  }
}

/** Waits until the server has carried out everything sent so far, by asking past the proxy. */
async function valueOnServer(key: string): Promise<string> {
  const client = new Client(server.port);
  client.socket.write(`mg ${key} v\r\n`);
  await client.until(() => client.received.includes('\r\n'));
  return client.received.toString().split('\r\n')[1] ?? '';
}

const bytesOf = (frame: string): Buffer => Buffer.from(frame, 'latin1');
const binarySet = (key: string, value: string): Buffer =>
  bytesOf(requestFrame(1, { extras: '\0'.repeat(8), key, value, opaque: 7 }));
const binaryGet = (key: string): Buffer => bytesOf(requestFrame(0, { key, opaque: 7 }));

describe('a proxy without a fault', () => {
  it('passes everything on and counts what clients sent', async () => {
    const proxy = await proxied();
    const client = new Client(proxy.port);
    expect(await client.ask('ms clear 2\r\nhi\r\nmg clear v\r\nget clear\r\n', 40)).toBe(
      'HD\r\nVA 2\r\nhi\r\nVALUE clear 0 2\r\nhi\r\nEND\r\n',
    );
    expect(proxy).toMatchObject({ receivedBytes: 16 + 12 + 11, accepted: 1, open: 1 });
  });
});

describe('a proxy with a fault', () => {
  it('refuse › resets what is open and refuses the rest; clear() listens on the same port', async () => {
    const proxy = await proxied();
    const open = new Client(proxy.port);
    await open.ask('mn\r\n', 4);
    await proxy.fault.set('refuse');
    await open.until(() => open.ending === 'ECONNRESET');
    const late = new Client(proxy.port);
    await late.until(() => late.ending === 'ECONNREFUSED');
    await proxy.fault.clear();
    expect(await new Client(proxy.port).ask('mn\r\n', 4)).toBe('MN\r\n');
  });

  it('stall › accepts, passes nothing on, and stays so for that connection after clear()', async () => {
    const proxy = await proxied('stall');
    const stalled = new Client(proxy.port);
    stalled.socket.write('ms stalled 1\r\n1\r\n');
    while (proxy.receivedBytes === 0) await new Promise((resolve) => setImmediate(resolve));
    await proxy.fault.clear();
    expect(await new Client(proxy.port).ask('mg stalled v\r\n', 4)).toBe('EN\r\n');
    expect(stalled).toMatchObject({ chunks: 0, ending: undefined });
  });

  // Each of these carries the request out: how often a client repeats it can be counted.
  it.each<[Fault, string, string | undefined]>([
    ['silence', '', undefined],
    ['half-header', 'VA', undefined],
    ['garbage', GARBAGE.toString('latin1'), undefined],
    ['fin-before-reply', '', 'end'],
    // Cut inside the first reply, so that none of the two in one chunk is whole.
    ['fin-inside-reply', 'VA 1\r', 'end'],
    ['reset', '', 'ECONNRESET'],
  ])(
    '%s › is carried out, answered with %j and ended with %s; a new connection works after clear()',
    async (fault, bytes, ending) => {
      const proxy = await proxied(fault);
      await new Client(server.port).ask(`ms ${fault} 1\r\n6\r\n`, 4);
      const client = new Client(proxy.port);
      client.socket.write(`ma ${fault} v\r\nmn\r\n`);
      // Beyond the bytes, an ending or the number on the server tell that the reply has been dealt with.
      await client.until(() => client.received.length >= bytes.length && client.ending === ending);
      while ((await valueOnServer(fault)) !== '7') await new Promise((resolve) => setImmediate(resolve));
      await proxy.fault.clear();
      expect(await new Client(proxy.port).ask(`mg ${fault} v\r\n`, 9)).toBe('VA 1\r\n7\r\n');
      expect([client.received.toString('latin1'), client.ending]).toEqual([bytes, ending]);
    },
  );

  it('half-header › is 12 bytes in binary', async () => {
    const proxy = await proxied('half-header');
    expect(await new Client(proxy.port).ask(binaryGet('nothing'), 12)).toBe(
      Buffer.from([0x81, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9]).toString('latin1'),
    );
  });

  it('trickle › sends the first line byte by byte, but for its end, and the rest at once after clear()', async () => {
    const proxy = await proxied('trickle');
    const client = new Client(proxy.port);
    expect(await client.ask('mn\r\n', 3)).toBe('MN\r');
    expect(client.chunks).toBe(3);
    await proxy.fault.clear();
    await client.until(() => client.received.toString() === 'MN\r\n');
  });

  it.each([
    ['meta', 'mg stray v k O12\r\n', 'VA 4 k9 O9\r\n9999\r\n', 'VA 4 kstray O12\r\ntrue\r\n'],
    ['meta without a key or an opaque', 'mg stray v\r\n', 'VA 4\r\n9999\r\n', 'VA 4\r\ntrue\r\n'],
    ['text', 'get stray\r\n', 'VALUE stray 0 5\r\n99999\r\nEND\r\n', 'VALUE stray 0 4\r\ntrue\r\nEND\r\n'],
  ])('stray › comes before or behind the true reply of %s', async (_, request, stray, answer) => {
    const proxy = await proxied('stray-before');
    const client = new Client(proxy.port);
    await new Client(server.port).ask('ms stray 4\r\ntrue\r\n', 4);
    expect(await client.ask(request, stray.length + answer.length)).toBe(stray + answer);
    await proxy.fault.set('stray-behind');
    expect(await client.ask(request, stray.length + answer.length)).toBe(answer + stray);
  });

  it('stray › is a success with another opaque and nines for a value in binary', async () => {
    const proxy = await proxied('stray-before');
    await new Client(server.port).ask('ms stray 4\r\ntrue\r\n', 4);
    await new Client(proxy.port).ask(binaryGet('stray'), 64);
    const { received } = clients.at(-1)!;
    const [stray, answer] = [received.subarray(0, 32), received.subarray(32)];
    expect(stray.subarray(28).toString()).toBe('9999');
    expect(answer.subarray(28).toString()).toBe('true');
    expect([stray.readUInt32BE(12), answer.readUInt32BE(12)]).toEqual([0x5a5a5a5d, 7]);
  });

  it.each([
    ['server-full', 'SERVER_ERROR out of memory storing object\r\n', 'SERVER_ERROR out of memory storing object\r\n'],
    ['too-large', 'SERVER_ERROR object too large for cache\r\n', '8\r\n'],
  ] as const)(
    '%s › refuses to store in the order of the requests, and answers everything else',
    async (fault, refusal, counted) => {
      const proxy = await proxied(fault);
      await new Client(server.port).ask(`ms ${fault} 1\r\n7\r\n`, 4);
      const pipeline = `mg ${fault} v\r\nset ${fault} 0 0 7\r\nincr x\n\r\nms ${fault} 1\r\n1\r\nincr ${fault} 1\r\nmn\r\n`;
      const answers = `VA 1\r\n7\r\n${refusal}${refusal}${counted}MN\r\n`;
      expect(await new Client(proxy.port).ask(pipeline, answers.length)).toBe(answers);
      await proxy.fault.clear();
      expect(await new Client(proxy.port).ask(`ms ${fault} 1\r\n1\r\n`, 4)).toBe('HD\r\n');
    },
  );

  it.each([
    ['server-full', 0x82, 'Out of memory'],
    ['too-large', 0x03, 'Too large.'],
  ] as const)('%s › answers binary requests with status %i', async (fault, status, text) => {
    const proxy = await proxied(fault);
    const client = new Client(proxy.port);
    const size = 24 + text.length;
    await client.ask(Buffer.concat([binarySet('full', 'x'), bytesOf(requestFrame(0x0a, { opaque: 7 }))]), size + 24);
    expect(client.received.readUInt16BE(6)).toBe(status);
    expect(client.received.subarray(24, size).toString()).toBe(text);
    expect([client.received.readUInt32BE(12), client.received.readUInt8(size + 1)]).toEqual([7, 0x0a]);
  });

  it('redirect › resets what is open and sends the rest to the other server', async () => {
    const other = await startMemcached();
    const proxy = await proxied();
    const client = new Client(proxy.port);
    await client.ask('ms here 1\r\n1\r\n', 4);
    proxy.redirect(other.port);
    await client.until(() => client.ending === 'ECONNRESET');
    expect(await new Client(proxy.port).ask('mg here v\r\n', 4)).toBe('EN\r\n');
    await other.stop();
  });
});
