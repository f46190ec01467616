export interface ListenAddress {
  readonly port: number;
  readonly host: string;
}

/**
 * `PORT` and `HOST`, where blank means not set: as a number a blank port would be 0, and as an address a blank host
 * would be every interface of the machine.
 * @throws RangeError with a sentence for the person who starts the showcase
 */
export function readListenAddress(environment: Readonly<Record<string, string | undefined>>): ListenAddress {
  const port = environment['PORT']?.trim() || '3000';
  const host = environment['HOST']?.trim() || '127.0.0.1';
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new RangeError(`PORT is "${port}" and must be a whole number from 0 to 65535.`);
  }
  return { port: Number(port), host };
}

/** Why nobody can listen there, and what to do. */
export function explainListenError(error: unknown, { port, host }: ListenAddress): string {
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'EADDRINUSE':
      return `Port ${String(port)} is in use by another program. Choose another one: PORT=${String(port < 65_535 ? port + 1 : 3000)} npm start`;
    case 'EACCES':
      return `Port ${String(port)} needs more rights. Choose one above 1023: PORT=3000 npm start`;
    case 'EADDRNOTAVAIL':
    case 'EINVAL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `HOST is "${host}" and is no address of this machine. Leave it out, or use 127.0.0.1 or 0.0.0.0.`;
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
