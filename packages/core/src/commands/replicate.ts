import type { RoutedServer } from '../cluster/routed-server.js';
import type { Router } from '../cluster/router.js';
import { publishWarning } from '../telemetry/channels.js';
import type { Command } from './command.js';
import type { Deadline } from '../cluster/deadline.js';
import { noteFailure } from './server-failures.js';

/**
 * Brings the replicas to the state that a command left on `written`. Never rejects: where it fails the copy is deleted
 * before that server is asked for anything else.
 * @returns `undefined` when there is nothing to wait for
 */
export function copyToReplicas(
  router: Router,
  command: Pick<Command<unknown, unknown>, 'key' | 'forReplica'>,
  written: RoutedServer,
  deadline: Deadline,
): Promise<unknown> | undefined {
  if (!router.hasReplicas) return undefined;
  const copy = command.forReplica?.();
  const replicas = router.replicasOf(command.key, written);
  if (copy === undefined || replicas.length === 0) return undefined;
  return Promise.all(replicas.map((replica) => copyTo(router, replica, copy, deadline)));
}

async function copyTo(
  router: Router,
  replica: RoutedServer,
  copy: Command<unknown, unknown>,
  deadline: Deadline,
): Promise<void> {
  const { link, health } = replica;
  let failure: unknown;
  if (!health.isDown) {
    try {
      // Not the caller's signal: the write has happened, so its copy has to.
      const reply = await link.send(copy, deadline.at);
      if (health.isTroubled) router.reportSuccess(replica);
      if (copy.effect !== 'store' || copy.result(reply, deadline) === true) return;
    } catch (error) {
      failure = error;
      noteFailure(router, replica, deadline, error);
    }
  }
  // One that only missed a new expiry does not show an old value.
  if (copy.effect !== 'touch') router.forget(copy.key, replica);
  publishWarning({ event: 'replica-failed', server: link.name, command: copy.name, key: copy.key, error: failure });
}
