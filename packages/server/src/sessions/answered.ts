import type { ByteWriter } from '@memkit/protocol/internal';

/**
 * What comes behind a reply: the next request; the end of the connection; nothing any more, whatever comes (`deaf`); or the rest of this reply, which is asked for
 * once the client has taken what was written so far.
 */
export type Answered = 'close' | 'deaf' | RestOfReply | undefined;

export type RestOfReply = (writer: ByteWriter) => Answered;

/** A reply that can be longer than all values are is written in parts of about so many bytes. */
export const REPLY_PART_BYTES = 256 * 1024;
