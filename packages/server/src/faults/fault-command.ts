import type { BinaryRequest, TextRequest } from '@memkit/protocol/internal';
import type { FaultCommand } from './fault-plan.js';

/** The name under which faults know a text or meta request. */
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

/** The name under which faults know a binary request. */
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
