import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { BinaryReplyParser } from './binary/binary-reply-parser.js';
import { TextReplyParser } from './text/text-reply-parser.js';

// Recorded from a real memcached by tools/record-transcripts.mjs.
interface Transcript {
  readonly server: string;
  readonly exchanges: readonly { readonly title: string; readonly request: string; readonly reply: string }[];
}

type CreateParser = (onReply: (reply: object) => void) => { push(chunk: Buffer): void };

const cases: readonly [name: string, createParser: CreateParser][] = [
  ['meta', (onReply) => new TextReplyParser(onReply)],
  ['text', (onReply) => new TextReplyParser(onReply)],
  ['binary', (onReply) => new BinaryReplyParser(onReply)],
  ['sasl-success', (onReply) => new BinaryReplyParser(onReply)],
  ['sasl-failure', (onReply) => new BinaryReplyParser(onReply)],
  ['sasl-missing', (onReply) => new BinaryReplyParser(onReply)],
];

describe.each(cases)('the transcript %s of a real memcached', (name, createParser) => {
  const transcript = readTranscript(name);
  const stream = Buffer.concat(transcript.exchanges.map(({ reply }) => Buffer.from(reply, 'base64')));
  const read = (...chunks: Buffer[]): unknown[] => {
    const replies: unknown[] = [];
    // Copied: a view of the chunk would compare equal even if the parser mixed up chunks that lie side by side.
    const parser = createParser((reply) => replies.push(snapshot(reply)));
    for (const chunk of chunks) parser.push(Buffer.from(chunk));
    return replies;
  };
  const whole = read(stream);

  it('has a reply for every request', () => {
    const unanswered = transcript.exchanges.filter(({ reply }) => read(Buffer.from(reply, 'base64')).length === 0);
    expect(unanswered).toEqual([]);
    expect(whole.length).toBeGreaterThanOrEqual(transcript.exchanges.length);
  });

  it('reads the same byte by byte', () => {
    const bytes = Array.from(stream, (_, at) => stream.subarray(at, at + 1));
    expect(read(...bytes)).toEqual(whole);
  });

  it('reads the same split at every position', () => {
    const expected = JSON.stringify(whole);
    for (let at = 0; at <= stream.length; at += 1) {
      const replies = read(stream.subarray(0, at), stream.subarray(at));
      if (JSON.stringify(replies) !== expected) expect([at, replies]).toEqual([at, whole]);
    }
  });
});

function readTranscript(name: string): Transcript {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')) as Transcript;
}

/** Everything a reply says, getters of its class included, as plain JSON data. */
function snapshot(reply: object): unknown {
  const cas = 'cas' in reply ? String(reply.cas) : '';
  const text = JSON.stringify({ ...reply, cas }, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
  return JSON.parse(text);
}
