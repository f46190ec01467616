/** A server with a fault that can be switched on and off, as a client sees it. Every scene begins without the fault. */
import type { Memcache } from '@memkit/core';
import { blackHole, startFaultProxy, startMemcached, type Fault } from '@memkit/testing';
import { breakName, mendName } from './broken-names.js';
import type { WayIn } from './way-in.js';

export interface Scene {
  /** What the client is configured with. */
  readonly address: string;
  /** The memcached behind it, past the fault. */
  readonly direct: string;
  /** @param client the one the fault is for; absent when it connects only afterwards */
  begin(client: Memcache | undefined): Promise<unknown> | void;
  end(): Promise<unknown> | void;
  /** Connections to this server that are open now. */
  open(): number;
  stop(): Promise<unknown>;
}

export type SceneBuilder = (way: WayIn) => Promise<Scene>;

/** A fault of the proxy. */
export const played =
  (fault: Fault): SceneBuilder =>
  async ({ main }) => {
    const proxy = await startFaultProxy(main.port);
    return {
      address: proxy.address,
      direct: main.address,
      begin: () => proxy.fault.set(fault),
      end: () => proxy.fault.clear(),
      open: () => proxy.open,
      stop: () => proxy.stop(),
    };
  };

/** Instead of the right server, the one with another password or with a certificate for another name. */
export const wrongServer: SceneBuilder = async ({ main, wrong }) => {
  if (wrong === undefined) throw new Error('This way in has no wrong server.');
  const proxy = await startFaultProxy(main.port);
  return {
    address: proxy.address,
    direct: main.address,
    begin: () => {
      proxy.redirect(wrong.port);
    },
    end: () => {
      proxy.redirect(main.port);
    },
    open: () => proxy.open,
    stop: () => proxy.stop(),
  };
};

export const swallowedSyn: SceneBuilder = async () => {
  const hole = await blackHole();
  hole.open();
  return {
    address: hole.address,
    direct: hole.address,
    begin: () => hole.close(),
    end: () => {
      hole.open();
    },
    open: () => 0,
    stop: () => hole.stop(),
  };
};

const PAUSE_MS = 5000;

export const stoppedProcess: SceneBuilder = async () => {
  const server = await startMemcached({ args: ['-t', '1'] });
  let pausedAt = 0;
  return {
    address: server.address,
    direct: server.address,
    begin: () => {
      server.pause();
      pausedAt = performance.now();
    },
    end: async () => {
      const restMs = PAUSE_MS - (performance.now() - pausedAt);
      await new Promise((resolve) => setTimeout(resolve, restMs));
      server.resume();
    },
    open: () => 0,
    stop: () => server.stop('SIGKILL'),
  };
};

/** Requests of which some are always under way, so that the kill meets them at every stage. */
const LOAD = 16;

export const killedUnderLoad: SceneBuilder = async () => {
  const server = await startMemcached({ args: ['-t', '1'] });
  let isOver = false;
  let load: Promise<unknown> = Promise.resolve();
  const keepAsking = async (client: Memcache): Promise<void> => {
    while (!isOver) {
      await client.get('load').catch(expectCut);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return {
    address: server.address,
    direct: server.address,
    begin: async (client) => {
      if (client !== undefined) load = Promise.all(Array.from({ length: LOAD }, () => keepAsking(client)));
      load.catch(() => undefined);
      await server.stop('SIGKILL');
    },
    end: async () => {
      isOver = true;
      await load;
      await server.restart();
    },
    open: () => 0,
    stop: () => server.stop('SIGKILL'),
  };
};

function expectCut(error: unknown): void {
  const { code } = error as { code?: string };
  if (code !== 'MEMCACHE_CONNECTION_LOST' && code !== 'MEMCACHE_CONNECT_FAILED') throw error;
}

export const unresolvedName: SceneBuilder = async ({ main }) => {
  const proxy = await startFaultProxy(main.port);
  const name = `cache-${String(proxy.port)}.test`;
  return {
    address: `${name}:${String(proxy.port)}`,
    direct: main.address,
    begin: () => {
      breakName(name);
    },
    end: () => {
      mendName(name);
    },
    open: () => proxy.open,
    stop: () => proxy.stop(),
  };
};
