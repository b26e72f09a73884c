/**
 * A tweet's own line without what others in it have to be forgotten: the tweet that it quotes or answers, its author.
 *
 * X sends the tweets and profiles that a tweet refers to along with it, and forgetting one means forgetting it there too.
 * Whole objects are cut out, in each of the forms that a line may have; every other byte stays as it was. That the tweet
 * refers to them, by id, stays: it is what its author wrote.
 */
import { elementSpans, endOfValue, type Span, startOfDocument, walkMembers } from '../line/json-spans.ts'
import type { Forgotten } from './forgotten.ts'

/** What was found in a line. */
export interface CutLine {
  /** without what was cut; the very bytes where nothing was */
  bytes: Uint8Array
  /** ids of the tweets that were cut, all their versions */
  tweets: ReadonlySet<string>
}

/** Members of an object that say only which one it is, and where it is mentioned. */
const NAMING = new Set(['type', 'id', 'id_str', 'start', 'end', 'indices', 'username', 'screen_name'])
/** Members that tell a tweet from anything else with an id. */
const TEXTS = ['text', 'full_text', 'note_tweet', 'note_post']
/** Lists of `includes` whose elements belong to tweets, by the member that tells which. */
const KEY_OF_ATTACHMENT: Readonly<Record<string, string>> = { media: 'media_key', polls: 'id' }
/** nesting that deep is an attack on the stack, and was no tweet */
const MAX_DEPTH = 64
const OPEN_OBJECT = 0x7b
const OPEN_ARRAY = 0x5b

/** @param bytes JSON of one tweet: as streamed, out of a page, flattened by twarc2, or a v1.1 status */
export function cutLine(bytes: Uint8Array, forgotten: Forgotten): CutLine {
  const cutter = new Cutter(bytes, forgotten)
  cutter.own(startOfDocument(bytes), 0)
  return { bytes: withoutSpans(bytes, cutter.cut), tweets: cutter.tweets }
}

interface Member extends Span {
  key: string
  /** of the key; `start` is that of the value */
  keyStart: number
}

class Cutter {
  readonly cut: Span[] = []
  readonly tweets = new Set<string>()
  private readonly bytes: Uint8Array
  private readonly forgotten: Forgotten
  /** media and polls of the tweets that were cut, and of those that stay */
  private readonly goneAttachments = new Set<string>()
  private readonly keptAttachments = new Set<string>()

  constructor(bytes: Uint8Array, forgotten: Forgotten) {
    this.bytes = bytes
    this.forgotten = forgotten
  }

  /** The tweet itself, or the object around it. */
  own(start: number, depth: number): void {
    const members = membersOf(this.bytes, start)
    for (const key of this.attachmentsOf(members)) this.keptAttachments.add(key)
    this.membersIn(members, depth, true)
  }

  private membersIn(members: readonly Member[], depth: number, isOwn: boolean): void {
    if (depth > MAX_DEPTH) return
    // in the end: which media are cut follows from which tweets are
    const includes = members.filter(({ key }) => isOwn && key === 'includes')
    const gone = members.map(member => !includes.includes(member) && this.member(member, depth, isOwn))
    this.cutSpans(
      members.map(({ keyStart, end }) => ({ start: keyStart, end })),
      gone,
    )
    for (const { start } of includes) this.includes(start, depth)
  }

  /** @returns whether the member goes, with its key */
  private member({ key, start }: Member, depth: number, isOwn: boolean): boolean {
    if (this.bytes[start] === OPEN_ARRAY) this.list(start, depth)
    if (this.bytes[start] !== OPEN_OBJECT) return false
    if (isOwn && key === 'data') {
      this.own(start, depth + 1)
      return false
    }
    return this.object(start, depth + 1)
  }

  /** Of a forgotten element stays what says which one it was: the reference, the mention. */
  private list(start: number, depth: number): void {
    for (const span of elementSpans(this.bytes, start).spans) {
      if (this.bytes[span.start] === OPEN_ARRAY && depth < MAX_DEPTH) this.list(span.start, depth + 1)
      if (this.bytes[span.start] !== OPEN_OBJECT || !this.object(span.start, depth + 1)) continue
      const members = membersOf(this.bytes, span.start)
      this.cutSpans(
        members.map(({ keyStart, end }) => ({ start: keyStart, end })),
        members.map(({ key }) => !NAMING.has(key)),
      )
    }
  }

  private includes(start: number, depth: number): void {
    const lists = membersOf(this.bytes, start)
    const isAttachment = ({ key }: Member) => KEY_OF_ATTACHMENT[key] !== undefined
    for (const { start } of lists.filter(list => !isAttachment(list))) {
      this.cutElements(start, element => this.object(element, depth + 1, true))
    }
    for (const { key, start } of lists.filter(isAttachment)) {
      const name = KEY_OF_ATTACHMENT[key]!
      this.cutElements(start, element => this.isGoneAttachment(this.idOf(membersOf(this.bytes, element), name)))
    }
  }

  private isGoneAttachment(key: string | undefined): boolean {
    return key !== undefined && this.goneAttachments.has(key) && !this.keptAttachments.has(key)
  }

  private cutElements(start: number, isGone: (element: number) => boolean): void {
    const { spans } = elementSpans(this.bytes, start)
    this.cutSpans(
      spans,
      spans.map(span => this.bytes[span.start] === OPEN_OBJECT && isGone(span.start)),
    )
  }

  /** @returns whether an object goes; one that stays is looked through */
  private object(start: number, depth: number, isIncluded = false): boolean {
    const members = membersOf(this.bytes, start)
    if (this.isForgottenTweet(members)) {
      for (const id of this.versionsOf(members)) this.tweets.add(id)
      for (const key of this.attachmentsOf(members)) this.goneAttachments.add(key)
      return true
    }
    if (this.isForgottenUser(members, isIncluded)) return true
    for (const key of this.attachmentsOf(members)) this.keptAttachments.add(key)
    this.membersIn(members, depth, false)
    return false
  }

  private isForgottenTweet(members: readonly Member[]): boolean {
    const { tweets, users } = this.forgotten
    if (!members.some(({ key }) => TEXTS.includes(key))) return false
    if (this.versionsOf(members).some(id => tweets.has(id))) return true
    const author = this.idOf(members, 'author_id') ?? this.idWithin(members, 'author') ?? this.idWithin(members, 'user')
    return author !== undefined && users.has(author)
  }

  private isForgottenUser(members: readonly Member[], isIncluded: boolean): boolean {
    if (!members.some(({ key }) => key === 'username' || key === 'screen_name')) return false
    const id = this.ownIdOf(members)
    // a mention that says no more than who is mentioned is the words of whoever wrote it
    if (id === undefined || !this.forgotten.users.has(id)) return false
    return isIncluded || members.some(({ key }) => !NAMING.has(key))
  }

  /** Its id and those of its edit history. */
  private versionsOf(members: readonly Member[]): string[] {
    const id = this.ownIdOf(members)
    const history = members.findLast(({ key }) => key === 'edit_history_tweet_ids' || key === 'edit_history_post_ids')
    const versions = history === undefined ? [] : elementSpans(this.bytes, history.start).spans
    return [...(id === undefined ? [] : [id]), ...versions.map(span => this.textOf(span))]
  }

  /** In v1.1 the number beside `id_str` may have lost digits. */
  private ownIdOf(members: readonly Member[]): string | undefined {
    return this.idOf(members, 'id_str') ?? this.idOf(members, 'id')
  }

  private idWithin(members: readonly Member[], name: string): string | undefined {
    const object = members.findLast(({ key, start }) => key === name && this.bytes[start] === OPEN_OBJECT)
    return object && this.ownIdOf(membersOf(this.bytes, object.start))
  }

  private idOf(members: readonly Member[], name: string): string | undefined {
    const member = members.findLast(({ key }) => key === name)
    return member && this.textOf(member)
  }

  /** A string without its quotes, or a number. */
  private textOf({ start, end }: Span): string {
    return DECODER.decode(this.bytes.subarray(start, end)).replaceAll('"', '')
  }

  private attachmentsOf(members: readonly Member[]): string[] {
    const attachments = members.findLast(({ key }) => key === 'attachments')
    if (attachments === undefined) return []
    const lists = membersOf(this.bytes, attachments.start).filter(({ key }) => /_(keys|ids)$/.test(key))
    return lists.flatMap(({ start }) => elementSpans(this.bytes, start).spans).map(span => this.textOf(span))
  }

  /** Members or elements, in their order, each with one of the commas beside it. */
  private cutSpans(spans: readonly Span[], isGone: readonly boolean[]): void {
    let hasKept = false
    for (const [i, { start, end }] of spans.entries()) {
      if (!isGone[i]) hasKept = true
      else if (hasKept) this.cut.push({ start: spans[i - 1]!.end, end })
      else this.cut.push({ start, end: spans[i + 1]?.start ?? end })
    }
  }
}

const DECODER = new TextDecoder()

function membersOf(bytes: Uint8Array, start: number): Member[] {
  const members: Member[] = []
  walkMembers(bytes, start, (key, valueStart, keyStart) => {
    const end = endOfValue(bytes, valueStart)
    members.push({ key, keyStart, start: valueStart, end })
    return end
  })
  return members
}

function withoutSpans(bytes: Uint8Array, cut: Span[]): Uint8Array {
  if (cut.length === 0) return bytes
  const kept: Uint8Array[] = []
  let at = 0
  for (const { start, end } of cut.sort((a, b) => a.start - b.start)) {
    kept.push(bytes.subarray(at, start))
    at = end
  }
  kept.push(bytes.subarray(at))
  return new Uint8Array(Buffer.concat(kept))
}
