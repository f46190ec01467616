import { offeredOptions, type OfferedOption } from './option-table.js';

const WIDTH = 38;

/** What `--help` prints. */
export function helpText(): string {
  const options: readonly OfferedOption[] = offeredOptions;
  const lines = options.map(({ name, short, value, text }) => {
    const names = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` <${value}>`}`;
    return `  ${names.padEnd(WIDTH)} ${text}`;
  });
  return `Usage: memkit-server [options]

A memcached-compatible server for development and tests. It prints the variables by which clients find it, and ends at
Ctrl+C. Items live in memory and end with it.

${lines.join('\n')}

A user:password may also be @file, with one user:password a line: the command line of a process can be read by others.
memcached's further options are taken where they change nothing a client sees (-t, -u, -R, -b, -f, -n, -L, -k, -r, -P,
-o modern and others), and refused with the reason where they would.

Exit code: 0 after Ctrl+C, SIGTERM or shutdown, 1 when it cannot listen, 2 for options that cannot be used.

  memkit-server --port 0 --memory 64
  memkit-server --sasl ada:lovelace --tls
  memkit-server -s /tmp/memcached.sock -a 770 -m 64
`;
}
