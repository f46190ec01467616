/** What faults and the recorder may know of a request: never a value, never a credential. */
import type { BinaryRequest, TextRequest } from '@memkit/protocol/internal';
import { binaryFaultCommand, textFaultCommand, type FaultCommand } from './fault-command.js';
import { keyText } from './key-pattern.js';

export interface RequestFacts {
  readonly protocol: 'text' | 'meta' | 'binary';
  readonly command: FaultCommand;
  /** As text, in the order of the request; none for a command without a key. */
  readonly keys: readonly string[];
  /** The same keys as the wire and the store have them: one character for each byte. */
  readonly wireKeys: readonly string[];
  /** Size of the value the client sent. */
  readonly valueBytes: number;
}

/** Of a login in text, whose words are credentials. */
export function loginFacts(command: 'login' | 'other'): RequestFacts {
  return { protocol: 'text', command, keys: [], wireKeys: [], valueBytes: 0 };
}

export function textRequestFacts(request: TextRequest): RequestFacts {
  return factsOf(request, request.op.startsWith('meta-') ? 'meta' : 'text', textFaultCommand(request));
}

export function binaryRequestFacts(request: BinaryRequest): RequestFacts {
  return factsOf(request, 'binary', binaryFaultCommand(request));
}

function factsOf(
  request: TextRequest | BinaryRequest,
  protocol: RequestFacts['protocol'],
  command: FaultCommand,
): RequestFacts {
  const wireKeys = wireKeysOf(request);
  const valueBytes = 'data' in request ? request.data.length : 0;
  return { protocol, command, keys: wireKeys.map(keyText), wireKeys, valueBytes };
}

function wireKeysOf(request: TextRequest | BinaryRequest): readonly string[] {
  if ('keys' in request) return request.keys;
  return 'key' in request ? [request.key] : [];
}
