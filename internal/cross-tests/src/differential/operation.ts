/** One request of a random sequence, as bytes and as something to read. */

export type Protocol = 'text' | 'meta' | 'binary';

export interface Operation {
  readonly protocol: Protocol;
  /** For a failure: what was sent. `<cas+3>` is the CAS value that is 3 above the one the sequence began with. */
  readonly shown: string;
  /** The words of a line, without its end. */
  readonly words?: readonly string[];
  /** Behind the line: the data of a storage command. */
  readonly data?: string;
  /** Of a binary request. */
  readonly frame?: BinaryFields;
  /** @param base the CAS value the sequence begins with, so that values of its items can be named before they exist */
  bytes(base: bigint): Buffer;
}

/** The parts of a binary request, which need not fit each other. */
export interface BinaryFields {
  readonly opcode: number;
  readonly extras: Buffer;
  readonly key: string;
  readonly value: string;
  readonly cas: CasValue;
  readonly opaque: number;
  readonly magic?: number;
  readonly dataType?: number;
  readonly vbucket?: number;
  /** In place of the true lengths. */
  readonly keyBytes?: number;
  readonly extrasBytes?: number;
  readonly bodyBytes?: number;
}

/** A CAS value from the beginning of the sequence on, or one that is what it is. */
export type CasValue = { readonly above: number } | { readonly exactly: bigint };

export function casNumber(cas: CasValue, base: bigint): bigint {
  return 'above' in cas ? base + BigInt(cas.above) : cas.exactly;
}

export function showCas(cas: CasValue): string {
  return 'above' in cas ? `<cas+${String(cas.above)}>` : String(cas.exactly);
}

const CAS_PLACE = /<cas\+(\d+)>/g;

/** A request in text: each character is one byte; `<cas+n>` stands for a CAS value. */
export function lineOperation(protocol: 'text' | 'meta', template: string): Operation {
  const [line = '', ...rest] = template.split('\n');
  return {
    protocol,
    words: line
      .replace(/\r$/, '')
      .split(' ')
      .filter((word) => word !== ''),
    data: rest.join('\n'),
    shown: JSON.stringify(template.replace(/(.)\1{99,}/g, (run, letter: string) => `${letter}{${String(run.length)}}`)),
    bytes: (base) =>
      Buffer.from(
        template.replace(CAS_PLACE, (_, above: string) => String(base + BigInt(above))),
        'latin1',
      ),
  };
}
