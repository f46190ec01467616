/** Where a server listens. IPv6 hosts are kept without brackets. */
export interface ServerAddress {
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** `host:port` as messages and the ring show it; IPv6 in brackets. */
export function showServer({ host, port }: ServerAddress): string {
  return host.includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
}
