import { tcpAddress, type OpenConnection } from '../../sessions/connection-list.js';
import type { Stat, StatsContext } from './stat.js';

/** stats conns: a block for each connection, behind one for the port (memcached.c of 1.6.18, process_stats_conns). */
export function connectionStats({ store, facts, connections }: StatsContext): readonly Stat[] {
  const open = [...connections.open()].flatMap((connection): readonly Stat[] => {
    const id = String(connection.id);
    const idleSeconds = Math.floor((Date.now() - connection.lastDataMs) / 1000);
    return [
      [`${id}:addr`, connection.address],
      [`${id}:listen_addr`, connection.listenAddress],
      [`${id}:state`, stateOf(connection, store.log.connection)],
      [`${id}:secs_since_last_cmd`, String(idleSeconds)],
    ];
  });
  const { place, port } = facts;
  if (place.kind === 'tcp' && port === 0) return open;
  return [
    ['0:addr', place.kind === 'tcp' ? tcpAddress(place.host, port) : `unix:${place.path}`],
    ['0:state', 'conn_listening'],
    ['0:secs_since_last_cmd', String(store.clock.now() - facts.startedAt)],
    ...open,
  ];
}

/** @param asking the connection that is being answered */
function stateOf({ id, codec, isWatching }: OpenConnection, asking: number): string {
  if (isWatching) return 'conn_watch';
  if (id === asking) return 'conn_parse_cmd';
  return codec?.isAmidData === true ? 'conn_nread' : 'conn_read';
}
