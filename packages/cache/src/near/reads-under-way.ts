/** Reads of memcached that have begun, and whether what they bring may still be kept. */

/** Shared by the reads of one name that began since it last changed. */
export interface ReadTicket {
  /** Something changed since: what the read brings may be from before. */
  readonly isVoid: boolean;
}

interface OpenTicket {
  isVoid: boolean;
  readers: number;
}

/** As many tickets as there are reads under way. */
export class ReadsUnderWay {
  readonly #open = new Map<string, OpenTicket>();

  begin(name: string): ReadTicket {
    let ticket = this.#open.get(name);
    if (ticket === undefined) this.#open.set(name, (ticket = { isVoid: false, readers: 0 }));
    ticket.readers += 1;
    return ticket;
  }

  /** @param ticket what `begin` gave for the name */
  end(name: string, ticket: ReadTicket): void {
    const open = this.#open.get(name);
    if (open === undefined || open !== ticket) return;
    open.readers -= 1;
    if (open.readers === 0) this.#open.delete(name);
  }

  void(name: string): void {
    const ticket = this.#open.get(name);
    if (ticket === undefined) return;
    ticket.isVoid = true;
    this.#open.delete(name);
  }

  voidAll(): void {
    for (const ticket of this.#open.values()) ticket.isVoid = true;
    this.#open.clear();
  }
}
