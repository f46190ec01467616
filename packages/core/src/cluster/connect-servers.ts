/** Builds a link for every server that was discovered. Opens nothing: a connection connects with its first request. */
import { Connection } from '../connection/connection.js';
import type { ConnectionEvent } from '../connection/connection-options.js';
import type { Discovery } from '../discovery/discover-servers.js';
import { connectEmbedded, warnAboutEmbeddedServer } from '../discovery/embedded-server.js';
import { EMBEDDED_NAME } from '../discovery/explain.js';
import { chooseDriver } from '../drivers/choose-driver.js';
import type { ClientSettings } from '../options/client-settings.js';
import { DEFAULT_PORT, showServer, type WeightedServer } from '../options/server-address.js';
import { publishConnection } from '../telemetry/channels.js';
import { serverCounters } from '../telemetry/server-counters.js';
import { itemLimits } from '../values/item-limits.js';
import type { ServerLink } from './server-link.js';

export interface ConnectedServers {
  readonly servers: readonly WeightedServer[];
  /** In the order of `servers`. */
  readonly links: readonly ServerLink[];
}

const EMBEDDED_SERVER: WeightedServer = { host: EMBEDDED_NAME, port: DEFAULT_PORT, weight: 1 };

export function connectServers(discovery: Discovery, settings: ClientSettings): ConnectedServers {
  const { protocol, maxQueuedRequests, reconnect } = settings;
  if (discovery.servers.length === 0) {
    warnAboutEmbeddedServer(discovery.source);
    const driver = chooseDriver({ protocol, hasCredentials: false, server: EMBEDDED_NAME });
    const connection = new Connection({
      server: EMBEDDED_SERVER,
      driver,
      maxQueuedRequests,
      reconnect,
      openSocket: connectEmbedded,
      onEvent: publisher(EMBEDDED_NAME),
    });
    return { servers: [EMBEDDED_SERVER], links: [link(EMBEDDED_NAME, EMBEDDED_SERVER, connection, settings)] };
  }
  const links = discovery.servers.map((server) => {
    const name = showServer(server);
    const driver = chooseDriver({ protocol, hasCredentials: server.auth !== undefined, server: name });
    const { auth } = server;
    return link(
      name,
      server,
      new Connection({ server, driver, auth, maxQueuedRequests, reconnect, onEvent: publisher(name) }),
      settings,
    );
  });
  return { servers: discovery.servers, links };
}

function link(
  name: string,
  address: ServerLink['address'],
  connection: Connection,
  settings: ClientSettings,
): ServerLink {
  return {
    name,
    address,
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

function publisher(server: string): (event: ConnectionEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'connected':
        publishConnection({ event: 'connected', server });
        break;
      case 'authSkipped':
        publishConnection({ event: 'auth-skipped', server });
        break;
      case 'disconnected':
      case 'authFailed':
        publishConnection({ event: 'disconnected', server, error: event.error });
        break;
    }
  };
}
