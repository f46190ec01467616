/** What an account must be allowed before a request of it is carried out; `undefined`: nothing, it only reads. */
import type { BinaryRequest, TextRequest } from '@memkit/protocol/internal';
import type { Capability } from './credentials.js';

export function capabilityForText(request: TextRequest): Capability | undefined {
  switch (request.op) {
    case 'get':
      return request.exptime === undefined ? undefined : 'write';
    case 'meta-get': {
      const { exptime, vivify } = request.options;
      return exptime === undefined && vivify === undefined ? undefined : 'write';
    }
    case 'store':
    case 'too-large':
    case 'delete':
    case 'arithmetic':
    case 'touch':
    case 'memory-limit':
    case 'meta-set':
    case 'meta-delete':
    case 'meta-arithmetic':
      return 'write';
    // All items go with the server.
    case 'shutdown':
    case 'flush':
      return 'flush';
    default:
      return undefined;
  }
}

export function capabilityForBinary(request: BinaryRequest): Capability | undefined {
  switch (request.op) {
    case 'get':
      return request.exptime === undefined ? undefined : 'write';
    case 'store':
    case 'too-large':
    case 'delete':
    case 'arithmetic':
      return 'write';
    case 'flush':
      return 'flush';
    default:
      return undefined;
  }
}
