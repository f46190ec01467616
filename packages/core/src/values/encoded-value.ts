/** A value ready for the wire; text is encoded while writing. */
export interface EncodedValue {
  readonly data: Buffer | string;
  /** Size of `data` on the wire. */
  readonly dataBytes: number;
  readonly flags: number;
  /** Size before compression, in bytes; absent when it was not compressed. */
  readonly plainBytes?: number;
  /** Never split into several items, because its flags are the caller's own. */
  readonly isWhole?: true;
}
