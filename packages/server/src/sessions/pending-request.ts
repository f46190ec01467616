/** What a session needs of a protocol: bytes in, requests out; a request in, its reply bytes out. */
import type { ByteWriter } from '@memkit/protocol/internal';
import type { RequestFacts } from '../faults/request-facts.js';
import type { Answered } from './answered.js';

/** One request of whichever protocol, ready to be carried out. */
export interface PendingRequest {
  /** What it is, for faults, the recorder and error reports. */
  facts(): RequestFacts;
  /** Carries it out and writes the reply. */
  answer(writer: ByteWriter): Answered;
  /** Writes instead that the server failed, and with `message` why. */
  fail(writer: ByteWriter, message: string): void;
  /** Writes instead that carrying it out broke. */
  failInternally(writer: ByteWriter): void;
  /** Answers a store as a full server that may not evict. */
  refuseForMemory(writer: ByteWriter): void;
}

export interface RequestCodec {
  /** Whether the data of a command has begun and not ended. */
  readonly isAmidData: boolean;
  /**
   * Reads requests from `start` on until `onRequest` gives `false`.
   * @returns where it stopped: the next bytes to push
   */
  push(chunk: Buffer, start?: number): number;
}

/** `false`: the next request is not wanted yet. */
export type OnRequest = (request: PendingRequest) => boolean;
