/**
 * The contract of a source: JSON texts, one after the other, from X, a file or a generator.
 *
 * A source knows how texts are told apart, not what they mean. `test/io/source.contract.ts` is its suite.
 */

/** Lines that arrived together. The bytes are valid until the next batch is asked for. */
export interface LineBatch {
  /** JSON texts without their line ends; never blank */
  lines: readonly Uint8Array[]
  /** milliseconds since 1970-01-01T00:00Z at which they were read */
  capturedAtMs: number
}

/**
 * One session: one unbroken connection to a source. A session ends by being read to its end, by `signal`
 * (the iteration then just ends) or by throwing. `lines` may be empty: the source is alive and has nothing.
 */
export interface Source {
  open(signal: AbortSignal): AsyncIterable<LineBatch>
}

/** A session begins or ends; between the two every line belongs to it. */
export type SessionEvent =
  /** `rules` are those that choose what this source sends, with the name that a tweet they matched is to carry */
  | { event: 'connected'; atMs: number; rules: readonly { id: string; name: string }[] }
  /** what the source had after `lastHeardAtMs` is not known: a gap begins there */
  | { event: 'disconnected'; atMs: number; lastHeardAtMs: number; reason: string }
