/** The way to one server: its connections, what they share, and which of them a key uses. */
import type { Duplex } from 'node:stream';
import type { ServerLink } from '../cluster/server-link.js';
import type { ListedServer } from '../discovery/connection-url.js';
import { chooseDriver } from '../drivers/choose-driver.js';
import type { ClientSettings } from '../options/client-settings.js';
import { showServer } from '../options/server-address.js';
import { serverCounters } from '../telemetry/server-counters.js';
import { itemLimits } from '../values/item-limits.js';
import { Connection } from './connection.js';

export interface ConnectServerOptions {
  /** How messages call the server. Default: its address. */
  readonly name?: string;
  /** Gives a stream to the server, connected or connecting. Default: what the server's address and `tls` say. */
  readonly openSocket?: () => Promise<Duplex> | Duplex;
}

/** Opens nothing: each connection connects with its first request. */
export function connectServer(
  server: ListedServer,
  settings: ClientSettings,
  options: ConnectServerOptions = {},
): ServerLink {
  const name = options.name ?? showServer(server);
  const { protocol, maxQueuedRequests, reconnect } = settings;
  const { auth } = server;
  const connection = new Connection({
    server,
    driver: chooseDriver({ protocol, hasCredentials: auth !== undefined, server: name }),
    auth,
    maxQueuedRequests,
    reconnect,
    openSocket: options.openSocket,
  });
  return {
    name,
    address: server,
    limits: itemLimits(settings.itemSizeMax, 'memcached'),
    counters: serverCounters(),
    send: (command, deadlineAt) => connection.send(command, deadlineAt),
    request: (command, receiver, deadlineAt) => {
      connection.send(command, deadlineAt).then(
        (reply) => {
          receiver.resolve(reply);
        },
        (error: unknown) => {
          receiver.reject(error);
        },
      );
    },
    invalidateLater: () => undefined,
    close: (drainMs) => connection.close(drainMs),
  };
}
