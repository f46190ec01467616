/** The names under which faults and recorded calls know requests: one for text, meta and binary. */
import { MemcacheError } from '@memkit/protocol';
import type { BinaryRequest, TextRequest } from '@memkit/protocol/internal';

const FAULT_COMMANDS = [
  'get',
  'set',
  'add',
  'replace',
  'append',
  'prepend',
  'delete',
  'increment',
  'decrement',
  'touch',
  'stats',
  'version',
  'flush',
  'login',
  'other',
] as const;

/**
 * A command, whatever the protocol: `get` is `get`, `gets`, `mg` and GET; `set` is also `cas` and `ms`; `touch` is also
 * `gat` and `mg` with `T`; `login` is SASL; `other` is the rest.
 */
export type FaultCommand = (typeof FAULT_COMMANDS)[number];

/** @throws `MEMCACHE_INVALID_OPTION` */
export function assertFaultCommand(command: unknown, action: string): asserts command is FaultCommand {
  if ((FAULT_COMMANDS as readonly unknown[]).includes(command)) return;
  throw new MemcacheError('INVALID_OPTION', {
    action,
    detail: `there is no command ${JSON.stringify(command)}`,
    hint: `Known commands: ${FAULT_COMMANDS.join(', ')}.`,
  });
}

export function textFaultCommand(request: TextRequest): FaultCommand {
  switch (request.op) {
    case 'get':
      return request.exptime === undefined ? 'get' : 'touch';
    case 'meta-get':
      return request.options.exptime === undefined ? 'get' : 'touch';
    case 'store':
    case 'meta-set':
      return request.mode === 'cas' ? 'set' : request.mode;
    case 'too-large':
      return 'set';
    case 'delete':
    case 'meta-delete':
      return 'delete';
    case 'arithmetic':
    case 'meta-arithmetic':
      return request.direction;
    case 'touch':
    case 'stats':
    case 'version':
    case 'flush':
      return request.op;
    default:
      return 'other';
  }
}

export function binaryFaultCommand(request: BinaryRequest): FaultCommand {
  switch (request.op) {
    case 'get':
      return request.exptime === undefined ? 'get' : 'touch';
    case 'store':
      return request.mode;
    case 'too-large':
      return 'set';
    case 'arithmetic':
      return request.direction;
    case 'sasl-list':
    case 'sasl-start':
    case 'sasl-step':
      return 'login';
    case 'delete':
    case 'flush':
    case 'stats':
    case 'version':
      return request.op;
    default:
      return 'other';
  }
}
