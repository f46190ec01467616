/** A method that reads, or counts. */
export interface Reader {
  readonly decorator: string;
  readonly name: string | symbol;
  /** The decorator's own one; `undefined`: whatever the class has. */
  readonly namespace: string | undefined;
  /** Entries of the cache, or plain numbers. */
  readonly form: 'entry' | 'counter';
  /** `false`: it only changes what others read. */
  readonly isReading: boolean;
  /** The assigned key. */
  readonly key: string | undefined;
}
