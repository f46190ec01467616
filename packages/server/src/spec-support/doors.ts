import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { MemcacheServer } from '../index.js';

/** One way into a server. */
export interface Door {
  readonly name: string;
  open(server: MemcacheServer): Promise<Duplex>;
}

/** Both ways in keep the same contract: a client must not be able to tell them apart. */
export const doors: readonly Door[] = [
  { name: 'in memory', open: async (server) => Promise.resolve(server.connect()) },
  {
    name: 'over TCP',
    open: async (server) => {
      const { host, port } = await server.listen();
      const socket = connect(port, host);
      await once(socket, 'connect');
      return socket;
    },
  },
];
