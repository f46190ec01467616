/**
 * What a fault proxy does to connections in place of passing bytes on.
 * - `refuse`: nobody listens; what was open is reset
 * - `stall`: connections are accepted and not a byte goes through, so a TLS handshake never ends; what was open is reset
 * - `silence`: requests arrive, replies do not
 * - `fin-before-reply`, `fin-inside-reply`, `reset`: the request is carried out, then the connection ends: before the
 *   reply, behind half of the first one, or with RST
 * - `trickle`: replies come at one byte every 100 ms up to the end of the first line, which does not come
 * - `half-header`: half of the reply's header, then nothing
 * - `garbage`: bytes of no protocol in place of the reply, then nothing
 * - `stray-before`, `stray-behind`: a well-formed reply that nobody asked for, next to the true one
 * - `server-full`, `too-large`: storing is refused, as is counting by a full server; everything else works
 */
export type Fault =
  | 'refuse'
  | 'stall'
  | 'silence'
  | 'fin-before-reply'
  | 'fin-inside-reply'
  | 'reset'
  | 'trickle'
  | 'half-header'
  | 'garbage'
  | 'stray-before'
  | 'stray-behind'
  | 'server-full'
  | 'too-large';
