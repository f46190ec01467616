/**
 * A store on a server that is full and may not evict, as memcached -M answers it (measured on 1.6.18 and 1.6.45): nobody
 * shall read what a failed `set`, or `ms` of any mode, was to replace, so the old value goes; only `noreply` says
 * nothing, the quiet forms of meta and binary tell.
 */
import {
  binaryStatus,
  writeBinaryError,
  writeLine,
  type BinaryRequest,
  type ByteWriter,
  type TextRequest,
} from '@memkit/protocol/internal';
import { refuseForMemory } from '../handlers/storage.js';
import type { ItemStore } from '../store/item-store.js';

export function refuseTextForMemory(store: ItemStore, request: TextRequest, writer: ByteWriter): void {
  if (request.op === 'meta-set') refuseForMemory(store, request.key, request.mode, true);
  else if (request.op === 'store') refuseForMemory(store, request.key, request.mode);
  if (!('quiet' in request && request.quiet)) writeLine(writer, 'SERVER_ERROR out of memory storing object');
}

export function refuseBinaryForMemory(store: ItemStore, request: BinaryRequest, writer: ByteWriter): void {
  if (request.op === 'store') refuseForMemory(store, request.key, request.mode);
  writeBinaryError(writer, request, binaryStatus.outOfMemory, 'Out of memory allocating item');
}
