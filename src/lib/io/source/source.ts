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
  /** bytes that have arrived behind these, and come with the next batches; absent: none that is known of */
  queuedBytes?: number
}

/**
 * One session: one unbroken connection to a source. A session ends by being read to its end, by `signal`
 * (the iteration then just ends) or by throwing. `lines` may be empty: the source is alive and has nothing.
 */
export interface Source {
  open(signal: AbortSignal): AsyncIterable<LineBatch>
}

/** A rule by which a source chooses what it sends. */
export interface SourceRule {
  id: string
  /** what a tweet that it matched is to carry */
  name: string
  /** in the source's own language */
  value: string
  /** folded hashtags that it asks for, of which any will do; absent: it asks for something else */
  hashtags?: readonly string[]
}

/** By which rules a source chooses from now on. */
export interface SourceRules {
  atMs: number
  rules: readonly SourceRule[]
  /** with what the tags of our own rules begin, where what only other rules matched is not to be stored */
  ownTags?: string | undefined
}

/** A session begins or ends, and between the two every line belongs to it; or there will be none for a while. */
export type SessionEvent =
  | ({ event: 'connected' } & SourceRules)
  /** other rules on the same connection; until `sureUntilMs` those before surely stood */
  | ({ event: 'ruled'; sureUntilMs: number } & SourceRules)
  /** what the source had after `lastHeardAtMs` is not known: a gap begins there, which may be one that is wished */
  | { event: 'disconnected'; atMs: number; lastHeardAtMs: number; reason: string; isOnPurpose?: boolean }
  /** the source will not be asked again before `untilMs`; `isAnswered` where it said something, if only no */
  | { event: 'waiting'; atMs: number; untilMs: number; because: string; isAnswered: boolean }
