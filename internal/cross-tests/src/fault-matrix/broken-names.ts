/** Names under `.test` (RFC 6761: no real name ever ends so) lead to this machine, or fail as an unknown name does. */
import dns, { type LookupAddress } from 'node:dns';

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

const broken = new Set<string>();
const realLookup = dns.lookup;

function lookup(name: string, options: { all?: boolean }, callback: LookupCallback): void {
  if (!name.endsWith('.test')) {
    realLookup(name, options, callback);
    return;
  }
  setImmediate(() => {
    if (broken.has(name)) {
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND', hostname: name }), []);
    } else if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
    else callback(null, '127.0.0.1', 4);
  });
}

/** node:net looks names up by `dns.lookup` of the moment it connects. */
export function interceptNames(): () => void {
  Object.assign(dns, { lookup });
  return () => {
    Object.assign(dns, { lookup: realLookup });
  };
}

export function breakName(name: string): void {
  broken.add(name);
}

export function mendName(name: string): void {
  broken.delete(name);
}
