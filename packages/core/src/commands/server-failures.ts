/** What a failed request says about its server, and what is left when no server does. */
import { MemcacheError } from '@memkit/protocol';
import type { RoutedServer } from '../cluster/routed-server.js';
import type { Router } from '../cluster/router.js';
import type { Deadline } from '../cluster/deadline.js';
import { endsConnection, isServerAnswer, isServerFailure } from './retry-policy.js';

export function noteFailure(
  router: Router,
  server: RoutedServer,
  deadline: Pick<Deadline, 'isImpatient'>,
  error: unknown,
): void {
  if (isServerFailure(error)) {
    if (error.code === 'MEMCACHE_TIMEOUT' && deadline.isImpatient) return;
    if (endsConnection(error) && !server.noteLoss()) return;
    router.reportFailure(server, error);
  } else if (server.health.isTroubled && isServerAnswer(error)) {
    router.reportSuccess(server);
  }
}

/** @param cause the failure of the last server that was asked */
export function noServerError(router: Router, command: string, key: string | undefined, cause: unknown): MemcacheError {
  const names = router.servers.map(({ link }) => link.name).join(', ');
  return new MemcacheError('NO_SERVER_AVAILABLE', {
    action: `Cannot ${command}`,
    key,
    command,
    detail: `all ${String(router.servers.length)} servers are down (${names})`,
    cause,
  });
}
