/**
 * One line of X's stream, read by a scan: the quick way to what `parseLine` gives.
 *
 * Nearly every line there is is one tweet as X streams it. Whatever else a line may hold, and whatever of it needs a
 * decision, is left to `parseLine`, which then reads the whole line. test/domain/line/stream-line.test.ts holds the two
 * together.
 */
import { isUtf8 } from 'node:buffer'
import { parseInstantBytes } from '../columns/instant-bytes.ts'
import type { Kind } from '../layer1.ts'
import { type Matched, matchedRules, type RuleContext } from '../x/matched.ts'
import { Scan } from './scan.ts'
import type { SeenRules } from './seen-rules.ts'
import {
  ENTITIES,
  type ListSlots,
  OWN_SLOTS,
  PLACE,
  PLACES,
  REFERENCE,
  REFERENCES,
  SLOTS,
  STREAM_LINE,
  TEXT,
  TWEET,
  TWEETS,
  USER,
  USERS,
} from './stream-shape.ts'

/** No slot: the line does not have it. */
export const NONE = -1

/** In this order: a retweet is a retweet whatever else it is, and a reply that quotes is a reply. */
const KINDS: readonly { type: Uint8Array; kind: Kind }[] = [
  { type: bytesOf('retweeted'), kind: 'retweet' },
  { type: bytesOf('replied_to'), kind: 'reply' },
  { type: bytesOf('quoted'), kind: 'quote' },
]
/** Values by which things are found: an escape in one, or nothing between its quotes, is for `parseLine`. */
const IDS = [TEXT.id, TWEET.author, TWEET.conversation, TWEET.inReplyToUser, TWEET.place]
const NINE = 0x39
const ZERO = 0x30
const INT64_DIGITS = 19

/** Reads one line after the other; what it says of one holds until it reads the next. */
export class StreamLine {
  readonly scan = new Scan(STREAM_LINE, SLOTS, OWN_SLOTS)
  /** `created_at`, milliseconds since 1970-01-01T00:00Z */
  createdMs = 0
  kind: Kind = 'original'
  /** slot of the id of what it retweets, replies to or quotes; or NONE */
  referenced = NONE
  /** slot of the whole text */
  text = 0
  /** slot of the language of the text's own tweet */
  lang = 0
  /** first slot of the ENTITIES of the text */
  entities = 0
  /** whether it is a retweet whose whole text the line does not have */
  isTextCut = false
  /** first slot of the author's profile, and of the place; or NONE */
  user = NONE
  place = NONE

  /** @returns false where the line is one for `parseLine`; nothing is known of it then */
  read(bytes: Uint8Array): boolean {
    const { scan } = this
    if (!isUtf8(bytes) || !scan.read(bytes) || !scan.has(TWEET.data)) return false
    if (!this.areIdsPlain() || !this.isInt64Id()) return false
    if (!scan.has(TWEET.createdAt)) return false
    this.createdMs = parseInstantBytes(bytes, scan.start(TWEET.createdAt), scan.end(TWEET.createdAt))
    if (Number.isNaN(this.createdMs) || !this.findReference() || !this.findText()) return false
    this.user = this.find(TWEET.users, USERS, USER.id, TWEET.author)
    this.place = this.find(TWEET.places, PLACES, PLACE.id, TWEET.place)
    return this.user !== UNSURE && this.place !== UNSURE
  }

  get tweetId(): string {
    return this.scan.textOf(TEXT.id)
  }

  get hasProfile(): boolean {
    return this.user !== NONE && this.scan.has(this.user + USER.username)
  }

  get hasReference(): boolean {
    return this.referenced !== NONE && this.scan.has(this.referenced)
  }

  /** What `matchedRules` says of it; undefined where the line is one for `parseLine` after all. */
  matched(seen: SeenRules, context: RuleContext): Matched | undefined {
    const { scan } = this
    if (scan.hasElements(TWEET.rules)) {
      return seen.matchedBy(scan.bytes, scan.start(TWEET.rules), scan.end(TWEET.rules), context)
    }
    if (context.listenedTags.length === 0 && context.askedBy === undefined) return NOTHING_MATCHED
    return matchedRules({}, scan.itemTexts(this.entities + ENTITIES.hashtags), context)
  }

  private areIdsPlain(): boolean {
    const { scan } = this
    for (const slot of IDS) if (scan.has(slot) && !this.isPlain(slot)) return false
    const end = scan.itemsEnd(TWEET.editHistory)
    for (let item = scan.firstItem(TWEET.editHistory); item < end; item++) {
      if (scan.itemEscaped(item) || scan.itemStart(item) === scan.itemEnd(item)) return false
    }
    return true
  }

  private isPlain(slot: number): boolean {
    const { scan } = this
    return !scan.escaped(slot) && scan.start(slot) < scan.end(slot)
  }

  /** Digits of an INT64, without the few at its very end that must be compared digit by digit. */
  private isInt64Id(): boolean {
    const { scan } = this
    if (!scan.has(TEXT.id)) return false
    const { bytes } = scan
    const [start, end] = [scan.start(TEXT.id), scan.end(TEXT.id)]
    const first = bytes[start]!
    if (first === ZERO || end - start > INT64_DIGITS || (end - start === INT64_DIGITS && first === NINE)) return false
    for (let at = start; at < end; at++) if (bytes[at]! < ZERO || bytes[at]! > NINE) return false
    return true
  }

  private findReference(): boolean {
    const { scan } = this
    this.kind = 'original'
    this.referenced = NONE
    const count = scan.count(TWEET.references)
    if (count === 0) return true
    for (const { type, kind } of KINDS) {
      for (let n = 0; n < count; n++) {
        const first = REFERENCES.first + n * REFERENCES.stride
        if (!scan.has(first + REFERENCE.type)) continue
        if (scan.escaped(first + REFERENCE.type)) return false
        if (!scan.is(first + REFERENCE.type, type)) continue
        this.kind = kind
        this.referenced = first + REFERENCE.id
        return !scan.has(this.referenced) || this.isPlain(this.referenced)
      }
    }
    return true
  }

  /** A retweet's own text is cut near 140 characters, so text, entities and language are the original's where it is here. */
  private findText(): boolean {
    const { scan } = this
    let owner = 0
    this.isTextCut = false
    if (this.kind === 'retweet' && !scan.has(TEXT.noteText)) {
      const original = this.find(TWEET.tweets, TWEETS, TEXT.id, this.referenced)
      if (original === UNSURE) return false
      if (original !== NONE && (scan.has(original + TEXT.text) || scan.has(original + TEXT.noteText))) owner = original
      else this.isTextCut = true
    }
    const hasNote = scan.has(owner + TEXT.noteText)
    this.text = owner + (hasNote ? TEXT.noteText : TEXT.text)
    const isOfNote = hasNote && scan.has(owner + TEXT.noteEntities + ENTITIES.all)
    this.entities = owner + (isOfNote ? TEXT.noteEntities : TEXT.entities)
    this.lang = scan.has(owner + TEXT.lang) ? owner + TEXT.lang : TEXT.lang
    return scan.has(this.text)
  }

  /** First slot of the first element with an id; NONE where there is none, UNSURE where ids have to be taken apart first. */
  private find(count: number, { first, stride }: ListSlots, idSlot: number, wanted: number): number {
    const { scan } = this
    if (wanted === NONE || !scan.has(wanted)) return NONE
    for (let n = 0; n < scan.count(count); n++) {
      const element = first + n * stride
      const id = element + idSlot
      if (!scan.has(id)) continue
      if (scan.escaped(id)) return UNSURE
      if (scan.areSame(id, wanted)) return element
    }
    return NONE
  }
}

const UNSURE = -2
const NOTHING_MATCHED: Matched = { rules: [], isForeign: false }

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
