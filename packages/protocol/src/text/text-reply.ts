/** What a reply of a text connection is, classic or meta: its code and the fields that come with it. */

/** What a line of the meta protocol can begin with. */
export type MetaReplyCode = 'VA' | 'HD' | 'EN' | 'NF' | 'NS' | 'EX' | 'MN' | 'ME';

/** The words of the classic protocol; `NUMBER` stands for a line of digits, the answer to incr and decr. */
export type ClassicReplyCode =
  | 'VALUE'
  | 'END'
  | 'STORED'
  | 'NOT_STORED'
  | 'EXISTS'
  | 'NOT_FOUND'
  | 'DELETED'
  | 'TOUCHED'
  | 'NUMBER'
  | 'OK'
  | 'STAT'
  | 'RESET'
  | 'VERSION'
  | 'CONFIG'
  | 'ERROR'
  | 'CLIENT_ERROR'
  | 'SERVER_ERROR';

export type TextReplyCode = MetaReplyCode | ClassicReplyCode;

/** Flags a meta reply carries only when the request asked for more than value, client flags, CAS and opaque. */
export interface MetaReplyDetails {
  /** As sent: base64 when `isBase64Key`. */
  readonly key?: string;
  readonly isBase64Key?: boolean;
  /** Size of the value in bytes. */
  readonly size?: number;
  /** Seconds left; -1: does not expire. */
  readonly ttlSeconds?: number;
  readonly wasHit?: boolean;
  readonly lastAccessSeconds?: number;
  /** This reader is the one who should refill the item. */
  readonly won?: boolean;
  readonly isStale?: boolean;
  /** Another reader already refills it. */
  readonly alreadyWon?: boolean;
}

/** No opaque came, or one that is no number: this client sends numbers only. */
export const NO_OPAQUE = -1;

export class TextReply {
  readonly code: TextReplyCode;
  /** The value of `VA` and `VALUE`, the text of `CONFIG`. */
  readonly data: Buffer | undefined;
  /** Client flags; 0 unless the request asked for them. */
  readonly flags: number;
  /** 0n unless the request asked for it. */
  readonly cas: bigint;
  /** The number the request carried in its O flag; `NO_OPAQUE` when none came back. */
  readonly opaque: number;
  /** The key of `VALUE`, the digits of `NUMBER`, otherwise what follows the word of a classic line. */
  readonly text: string;
  readonly details: MetaReplyDetails | undefined;

  constructor(
    code: TextReplyCode,
    data: Buffer | undefined,
    flags: number,
    cas: bigint,
    opaque: number,
    text: string,
    details: MetaReplyDetails | undefined,
  ) {
    this.code = code;
    this.data = data;
    this.flags = flags;
    this.cas = cas;
    this.opaque = opaque;
    this.text = text;
    this.details = details;
  }
}

/** A reply that is its code and, perhaps, some text. */
export function plainReply(code: TextReplyCode, text = ''): TextReply {
  return new TextReply(code, undefined, 0, 0n, NO_OPAQUE, text, undefined);
}

/** What is known of a reply before its value is there. One object serves all replies of a connection. */
export class ReplyHead {
  code: TextReplyCode = 'END';
  flags = 0;
  cas = 0n;
  opaque = NO_OPAQUE;
  text = '';
  details: MetaReplyDetails | undefined;

  /** Forgets the last reply. */
  begin(code: TextReplyCode, text = ''): void {
    this.code = code;
    this.flags = 0;
    this.cas = 0n;
    this.opaque = NO_OPAQUE;
    this.text = text;
    this.details = undefined;
  }

  toReply(data: Buffer | undefined): TextReply {
    return new TextReply(this.code, data, this.flags, this.cas, this.opaque, this.text, this.details);
  }
}
