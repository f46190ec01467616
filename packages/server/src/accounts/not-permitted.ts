/**
 * How a request is refused whose account lacks the capability. The connection stays open: the login was right.
 *
 *                                     login 'memcachier'       login 'sasl', 'ascii'
 *   set add replace append prepend    NOT_STORED, NS, 0x0005   as below
 *   everything else                   CLIENT_ERROR not permitted; binary 0x0020 "Auth failure."
 *
 * MemCachier's documentation ("Credentials") says that Dalli and pylibmc report "value not set": both do for 0x0005,
 * while 0x0020 makes them throw (pylibmc 1.6.3 and PHP, measured; Dalli 3.0, read). memcached has no capabilities.
 */
import {
  binaryStatus,
  metaKeyFlags,
  writeBinaryError,
  writeLine,
  writeMetaReply,
  type BinaryRequest,
  type ByteWriter,
  type TextRequest,
} from '@memkit/protocol/internal';
import type { LoginKind } from './credentials.js';

const NOT_PERMITTED = 'CLIENT_ERROR not permitted';

export function refuseText(login: LoginKind | undefined, request: TextRequest, writer: ByteWriter): void {
  if (login === 'memcachier' && request.op === 'meta-set') {
    const { tokens, isBinaryKey } = request.options;
    const flags = tokens.flatMap((token) => {
      if (token.startsWith('O')) return [token];
      return token.startsWith('k') ? [...metaKeyFlags(request.key, isBinaryKey)] : [];
    });
    writeMetaReply(writer, { status: 'NS', flags });
  } else if (!('quiet' in request && request.quiet)) {
    const isStore = request.op === 'store' || request.op === 'too-large';
    writeLine(writer, login === 'memcachier' && isStore ? 'NOT_STORED' : NOT_PERMITTED);
  }
}

/** Quiet forms get it too: quiet is about success. */
export function refuseBinary(login: LoginKind | undefined, request: BinaryRequest, writer: ByteWriter): void {
  const isStore = request.op === 'store' || request.op === 'too-large';
  const { authFailed, notStored } = binaryStatus;
  writeBinaryError(writer, request, login === 'memcachier' && isStore ? notStored : authFailed);
}
