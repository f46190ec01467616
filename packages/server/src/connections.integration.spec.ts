import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type ServerFailureMessage } from './index.js';
import { doors } from './spec-support/doors.js';

let server = createServer();

afterEach(async () => {
  await server.close();
});

/** Collects until the text has arrived or the connection ends. */
async function until(stream: Duplex, end: string): Promise<string> {
  let received = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    received += (chunk as Buffer).toString('latin1');
    if (received.endsWith(end)) break;
  }
  return received;
}

async function untilClosed(stream: Duplex): Promise<string> {
  let received = '';
  stream.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  // A fault may reset the connection; that it ends is what counts.
  stream.on('error', () => undefined);
  if (!stream.closed) await once(stream, 'close');
  return received;
}

describe.each(doors)('a connection $name', ({ open }) => {
  it('answers what was sent, in order', async () => {
    server = createServer();
    const stream = await open(server);
    stream.write('set user:42 0 0 3\r\nAda\r\nget user:42\r\nmn\r\n');
    expect(await until(stream, 'MN\r\n')).toBe('STORED\r\nVALUE user:42 0 3\r\nAda\r\nEND\r\nMN\r\n');
  });

  it('carries a value of a megabyte in both directions', async () => {
    server = createServer();
    const stream = await open(server);
    const value = 'v'.repeat(1_000_000);
    stream.write(`ms feed ${String(value.length)}\r\n${value}\r\nmg feed v\r\nmn\r\n`);
    expect(await until(stream, 'MN\r\n')).toBe(`HD\r\nVA 1000000\r\n${value}\r\nMN\r\n`);
  });

  it('survives a value that is too large', async () => {
    server = createServer();
    const stream = await open(server);
    stream.write(`set feed 0 0 1048577\r\n${'v'.repeat(1_048_577)}\r\nversion\r\n`);
    expect(await until(stream, '1.6.18\r\n')).toBe('SERVER_ERROR object too large for cache\r\nVERSION 1.6.18\r\n');
  });

  it('shares the items with other connections', async () => {
    server = createServer();
    const [writer, reader] = [await open(server), await open(server)];
    writer.write('set a 0 0 1\r\nx\r\n');
    await until(writer, 'STORED\r\n');
    reader.write('get a\r\n');
    expect(await until(reader, 'END\r\n')).toBe('VALUE a 0 1\r\nx\r\nEND\r\n');
  });

  it('keeps what is stored when the client changes its buffer afterwards', async () => {
    server = createServer();
    const stream = await open(server);
    const request = Buffer.from('set a 0 0 1\r\nx\r\n');
    stream.write(request);
    await until(stream, 'STORED\r\n');
    request.fill(0);
    stream.write('get a\r\n');
    expect(await until(stream, 'END\r\n')).toBe('VALUE a 0 1\r\nx\r\nEND\r\n');
  });

  it('gives every answer to a client that has sent its end, and then ends', async () => {
    server = createServer();
    const stream = await open(server);
    const replies = untilClosed(stream);
    stream.end('set a 0 0 1\r\nx\r\n' + 'get a\r\n'.repeat(5000));
    expect(await replies).toBe('STORED\r\n' + 'VALUE a 0 1\r\nx\r\nEND\r\n'.repeat(5000));
  });

  it('gives a delayed answer to a client that has sent its end', async () => {
    server = createServer();
    server.faults.on('get').delay('5ms');
    const stream = await open(server);
    const replies = untilClosed(stream);
    stream.end('get a\r\nversion\r\n');
    expect(await replies).toBe('END\r\nVERSION 1.6.18\r\n');
  });

  it('ends with a client that ends, although it would never have answered', async () => {
    server = createServer();
    server.faults.on('get').silence();
    const stream = await open(server);
    const replies = untilClosed(stream);
    stream.end('get a\r\n');
    expect(await replies).toBe('');
  });

  it('ends when no command comes for the idle timeout, and not amid the data of one', async () => {
    server = createServer({ idleTimeout: '20ms' });
    const [idle, amid] = [await open(server), await open(server)];
    amid.write('set a 0 0 1\r\n');
    expect(await untilClosed(idle)).toBe('');
    expect(server.stats()).toMatchObject({ idle_kicks: '1' });
    amid.write('x\r\n');
    expect(await until(amid, 'STORED\r\n')).toBe('STORED\r\n');
    expect(await untilClosed(amid)).toBe('');
    expect(server.stats()).toMatchObject({ idle_kicks: '2' });
  });

  it('ends at quit', async () => {
    server = createServer();
    const stream = await open(server);
    stream.write('quit\r\n');
    expect(await untilClosed(stream)).toBe('');
  });

  it('ends when the server closes', async () => {
    server = createServer();
    const stream = await open(server);
    const closed = untilClosed(stream);
    await server.close();
    expect(await closed).toBe('');
  });

  it('is answered by an empty server after close() and a new start', async () => {
    server = createServer();
    const first = await open(server);
    first.write('set a 0 0 1\r\nx\r\n');
    await until(first, 'STORED\r\n');
    const closed = untilClosed(first);
    await server.close();
    await closed;
    server.start();
    const second = await open(server);
    second.write('get a\r\n');
    expect(await until(second, 'END\r\n')).toBe('END\r\n');
  });

  // The clock is asked about items that end, and when something is stored.
  describe('to a server whose clock throws', () => {
    const failure = new TypeError('the clock stands still');
    let isBroken = false;
    const clock = {
      now: () => {
        if (isBroken) throw failure;
        return 1_700_000_000;
      },
    };
    let published: ServerFailureMessage[] = [];
    const listen = (message: unknown): void => void published.push(message as ServerFailureMessage);
    beforeEach(() => {
      isBroken = false;
      published = [];
      server = createServer({ clock });
      subscribe('memkit:server:failure', listen);
    });
    afterEach(() => void unsubscribe('memkit:server:failure', listen));

    it('gets SERVER_ERROR for each request that breaks, and the others are answered', async () => {
      const [stream, other] = [await open(server), await open(server)];
      stream.write('set a 0 100 1\r\nx\r\n');
      await until(stream, 'STORED\r\n');
      isBroken = true;
      stream.write('get a\r\nversion\r\nmg a v\r\nset a 0 0 1 noreply\r\ny\r\nmn\r\n');
      const broken = 'SERVER_ERROR internal error\r\n';
      expect(await until(stream, 'MN\r\n')).toBe(`${broken}VERSION 1.6.18\r\n${broken}MN\r\n`);
      // The sweep that looks for what has ended may break meanwhile, too.
      const ofRequests = published.filter(({ command }) => command !== undefined);
      expect(ofRequests).toEqual(['get', 'get', 'set'].map((command) => ({ command, error: failure })));
      isBroken = false;
      for (const connection of [stream, other]) {
        connection.write('get a\r\n');
        expect(await until(connection, 'END\r\n')).toBe('VALUE a 0 1\r\nx\r\nEND\r\n');
      }
    });

    it('gets the binary status for internal errors', async () => {
      const stream = await open(server);
      stream.write('set a 0 100 1\r\nx\r\n');
      await until(stream, 'STORED\r\n');
      isBroken = true;
      const binary = await open(server);
      // GET of the key "a", opaque 7.
      binary.write(Buffer.from('800000010000000000000001000000070000000000000000' + '61', 'hex'));
      const reply = Buffer.from(await until(binary, 'Internal error'), 'latin1');
      expect(reply.toString('hex', 0, 16)).toBe('81000000000000840000000e00000007');
    });

    it('survives the delayed answer too', async () => {
      server.faults.on('get').delay('1ms');
      const stream = await open(server);
      stream.write('set a 0 100 1\r\nx\r\n');
      await until(stream, 'STORED\r\n');
      isBroken = true;
      stream.write('get a\r\nmn\r\n');
      expect(await until(stream, 'MN\r\n')).toBe('SERVER_ERROR internal error\r\nMN\r\n');
    });
  });

  describe('with faults', () => {
    it('closes at the planned command and works again afterwards', async () => {
      server = createServer();
      server.faults.on('get').after(1).times(1).close();
      const stream = await open(server);
      stream.write('get a\r\nversion\r\nget a\r\nversion\r\n');
      expect(await untilClosed(stream)).toBe('END\r\nVERSION 1.6.18\r\n');
      const next = await open(server);
      next.write('get a\r\n');
      expect(await until(next, 'END\r\n')).toBe('END\r\n');
    });

    it('cuts a reply behind the planned number of bytes, the request being carried out', async () => {
      server = createServer();
      server.faults.on('set').times(1).dropAfter(4);
      const stream = await open(server);
      stream.write('version\r\nset a 0 0 1\r\nx\r\n');
      expect(await untilClosed(stream)).toBe('VERSION 1.6.18\r\nSTOR');
      const next = await open(server);
      next.write('get a\r\n');
      expect(await until(next, 'END\r\n')).toContain('VALUE a');
    });

    it('answers late, and everything behind it later still', async () => {
      server = createServer();
      server.faults.on('get').times(1).delay('30ms');
      const stream = await open(server);
      const started = performance.now();
      stream.write('get a\r\nversion\r\n');
      expect(await until(stream, '1.6.18\r\n')).toBe('END\r\nVERSION 1.6.18\r\n');
      expect(performance.now() - started).toBeGreaterThanOrEqual(29);
    });

    it('stays silent for the rest of the connection, while others are answered', async () => {
      server = createServer();
      server.faults.on('get').times(1).silence();
      const [silent, other] = [await open(server), await open(server)];
      let received = 0;
      silent.on('data', () => (received += 1));
      silent.write('get a\r\nversion\r\n');
      for (let turn = 0; turn < 3; turn += 1) {
        other.write('version\r\n');
        await until(other, '1.6.18\r\n');
      }
      expect(received).toBe(0);
      expect(silent.destroyed).toBe(false);
    });

    it('fails a command with an error of the server', async () => {
      server = createServer();
      server.faults.on('set').fail('out of memory storing object');
      const stream = await open(server);
      stream.write('set a 0 0 1\r\nx\r\nget a\r\n');
      expect(await until(stream, 'END\r\n')).toBe('SERVER_ERROR out of memory storing object\r\nEND\r\n');
    });

    it('says nothing of the failure to a request with noreply, which nobody would read', async () => {
      server = createServer();
      server.faults.on('set').fail();
      const stream = await open(server);
      stream.write('set a 0 0 1 noreply\r\nx\r\nget a\r\n');
      expect(await until(stream, 'END\r\n')).toBe('END\r\n');
    });

    it('refuses new connections until the faults are cleared', async () => {
      server = createServer();
      const before = await open(server);
      server.faults.refuse();
      expect(await untilClosed(await open(server))).toBe('');
      server.faults.clear();
      const after = await open(server);
      for (const stream of [before, after]) {
        stream.write('version\r\n');
        expect(await until(stream, '1.6.18\r\n')).toBe('VERSION 1.6.18\r\n');
      }
    });
  });
});

describe('createServer', () => {
  it('listens on the same port again after close()', async () => {
    server = createServer();
    const first = await server.listen();
    await server.close();
    expect(server.address).toBeUndefined();
    expect(await server.listen()).toEqual(first);
  });

  it('opens one port for several listen() at once', async () => {
    server = createServer();
    const [first, second] = await Promise.all([server.listen(), server.listen()]);
    expect(second).toEqual(first);
    expect(server.address).toEqual(first);
    await server.close();
    const late = connectTcp(first.port, first.host);
    await expect(once(late, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('leaves no port open when close() comes while it opens, and can listen() again', async () => {
    server = createServer();
    const opening = server.listen();
    await server.close();
    const { host, port } = await opening;
    expect(server.address).toBeUndefined();
    await expect(once(connectTcp(port, host), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await server.listen()).toMatchObject({ host, port });
  });

  it('tries the port again after it was taken', async () => {
    server = createServer();
    const { port } = await server.listen();
    const next = createServer({ port });
    await expect(next.listen()).rejects.toMatchObject({ code: 'MEMCACHE_CONNECT_FAILED' });
    await server.close();
    expect((await next.listen()).port).toBe(port);
    await next.close();
  });

  it('rejects with the address when the port is taken', async () => {
    server = createServer();
    const { port } = await server.listen();
    await expect(createServer({ port }).listen()).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECT_FAILED',
      server: `127.0.0.1:${String(port)}`,
      message: expect.stringContaining('Choose another port'),
    });
  });

  it('listens on the host it is given', async () => {
    // An address for documentation (RFC 5737): no machine has it.
    await expect(createServer({ host: '192.0.2.1' }).listen()).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECT_FAILED',
      server: '192.0.2.1:0',
    });
  });

  it('keeps to the memory and the item size it is given', async () => {
    server = createServer({ memory: 2048, itemSizeMax: 1024 });
    const stream = server.connect();
    const item = (key: string, size: number): string => `set ${key} 0 0 ${String(size)}\r\n${'v'.repeat(size)}\r\n`;
    stream.write(`${item('a', 900)}${item('b', 900)}${item('c', 900)}${item('d', 1024)}mn\r\n`);
    expect(await until(stream, 'MN\r\n')).toBe(
      'STORED\r\nSTORED\r\nSTORED\r\nSERVER_ERROR object too large for cache\r\nMN\r\n',
    );
    expect(server.stats()).toMatchObject({ curr_items: '2', evictions: '1', limit_maxbytes: '2048' });
  });

  it('opens connections that end at once while it is closed', async () => {
    server = createServer();
    await server.close();
    expect(await untilClosed(server.connect())).toBe('');
  });

  it('counts what happens and forgets items at flush()', async () => {
    server = createServer();
    const stream = server.connect();
    stream.write('set a 0 0 1\r\nx\r\nget a\r\nget b\r\nmn\r\n');
    await until(stream, 'MN\r\n');
    expect(server.stats()).toMatchObject({
      cmd_get: '2',
      get_hits: '1',
      get_misses: '1',
      curr_items: '1',
      bytes: '61',
    });
    server.flush();
    expect(server.stats()).toMatchObject({ curr_items: '0', bytes: '0' });
  });
});
