/**
 * Sessions as text. One JSON object, as other memcached session stores write it, so that sessions survive a change
 * of stores in either direction.
 */
import { MemcacheError } from '@memkit/core';

/** The top-level keys of a session, each with its JSON. */
export type SessionFields = ReadonlyMap<string, string>;

/** Stands in the place of a session that was destroyed. No JSON, so that no store takes it for a session. */
export const TOMBSTONE = 'memkit:destroyed';

/** A session as plain data. */
export interface SessionRecord {
  readonly cookie: Record<string, unknown>;
  readonly [name: string]: unknown;
}

/** What stands under a session's key. */
export type StoredSession =
  | { readonly kind: 'session'; readonly data: SessionRecord; readonly fields: () => SessionFields }
  | { readonly kind: 'tombstone' }
  | { readonly kind: 'invalid'; readonly problem: string };

/** @throws `MEMCACHE_NOT_SERIALIZABLE` naming the part of the session that is no JSON data */
export function toFields(session: object): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(session)) {
    const json = toJson(name, value);
    if (json !== undefined) fields.set(name, json);
  }
  return fields;
}

export function toText(fields: SessionFields): string {
  return `{${[...fields].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

export function readSession(stored: unknown): StoredSession {
  if (stored === TOMBSTONE) return { kind: 'tombstone' };
  // Bytes are what other clients wrote: their flags say nothing to ours.
  const text = stored instanceof Uint8Array ? Buffer.from(stored).toString() : stored;
  const data = typeof text === 'string' ? parse(text) : text;
  if (!isRecord(data)) return { kind: 'invalid', problem: 'what is stored is no JSON object' };
  // Without a cookie express-session fails with a TypeError that says nothing about the session.
  if (!hasCookie(data)) return { kind: 'invalid', problem: 'what is stored has no cookie' };
  return { kind: 'session', data, fields: () => toFields(data) };
}

function toJson(name: string, value: unknown): string | undefined {
  try {
    // undefined for functions, symbols and undefined, which JSON leaves out
    return JSON.stringify(value);
  } catch (cause) {
    throw new MemcacheError('NOT_SERIALIZABLE', {
      action: 'Cannot save the session',
      detail: `its key ${JSON.stringify(name)} holds something that JSON cannot express, such as a cycle or a BigInt`,
      cause,
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hasCookie(data: Record<string, unknown>): data is Record<string, unknown> & SessionRecord {
  return isRecord(data['cookie']);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
