/**
 * Rows of layer1 without what is forgotten: the one rule, by which files are rewritten, segments are made, hours are
 * consolidated and questions answered.
 *
 * A row goes where it is a forgotten tweet, another version of one, a forgotten user's, or a retweet of any of these, whose
 * text is theirs. A row that only quotes or answers one stays, with its line cut. Mentions of a user's name in what others wrote
 * stay, and so do ids by which others refer.
 */
import type { Table } from 'apache-arrow'
import {
  decodeText,
  forEachItem,
  forEachText,
  type Rows,
  rowsOf,
  type Texts,
  textAt,
  textListsOf,
  textsOf,
} from '../columns/rows.ts'
import { itemsOf, takeRows, textsToColumn } from '../columns/take-rows.ts'
import { arrayOf, idOf, type JsonObject, objectOf, parseExactJson } from '../line/json.ts'
import { cutLine } from './cut-line.ts'
import { type Forgotten, isNothing } from './forgotten.ts'
import { holdsId, lineHoldsId } from './id-tokens.ts'

/** What there was to forget in a table. */
export interface ForgottenRows {
  /** rows that go */
  removed: number
  /** of these, retweets of what is forgotten */
  retweets: number
  /** rows that stay and whose line was cut */
  cut: number
}

/** A table of layer1 without it. */
export interface RemainingRows extends ForgottenRows {
  /** the same object where there was nothing to forget */
  table: Table
  /** ids of forgotten tweets that were met: other versions, and tweets of forgotten users. What refers to one of them may hold its text */
  met: ReadonlySet<string>
}

const NOTHING_MET: ReadonlySet<string> = new Set()

/** @param layer1 columns of LAYER1; where `raw` is not among them, lines are not looked into */
export function withoutForgotten(layer1: Table, forgotten: Forgotten): RemainingRows {
  const nothing = { table: layer1, removed: 0, retweets: 0, cut: 0, met: NOTHING_MET }
  if (isNothing(forgotten) || layer1.numRows === 0) return nothing
  const look = new Look(rowsOf([layer1]), forgotten)
  look.atColumns()
  if (layer1.schema.fields.some(({ name }) => name === 'raw')) look.atLines()
  const { rows, isGone, cuts } = look
  const removed = isGone.reduce((sum, gone) => sum + gone, 0)
  if (removed === 0 && cuts.size === 0) return { ...nothing, met: look.met }
  const picks = Uint32Array.from({ length: rows.count - removed })
  for (let row = 0, i = 0; row < rows.count; row++) if (isGone[row] === 0) picks[i++] = row
  const table = takeRows(layer1, picks, cuts.size === 0 ? {} : { raw: textsToColumn(look.lines()) })
  return { table, removed, retweets: look.retweets, cut: cuts.size, met: look.met }
}

/** @param rejected columns of REJECTED. Without the lines that hold a forgotten id; the same object where none does */
export function rejectedWithoutForgotten(rejected: Table, forgotten: Forgotten): { table: Table; removed: number } {
  if (isNothing(forgotten) || rejected.numRows === 0) return { table: rejected, removed: 0 }
  const rows = rowsOf([rejected])
  const isGone = new Uint8Array(rows.count)
  forEachText(textsOf(rows, 'line'), (row, bytes, start, end) => {
    if (lineHoldsId(bytes.subarray(start, end), forgotten)) isGone[row] = 1
  })
  forEachText(textsOf(rows, 'line_base64'), (row, bytes, start, end) => {
    if (end > start && lineHoldsId(Uint8Array.fromBase64(decodeText(bytes, start, end)), forgotten)) isGone[row] = 1
  })
  const picks = Uint32Array.from({ length: rows.count }, (_, row) => row).filter(row => isGone[row] === 0)
  if (picks.length === rows.count) return { table: rejected, removed: 0 }
  return { table: takeRows(rejected, picks), removed: rows.count - picks.length }
}

class Look {
  readonly rows: Rows
  /** by row: 1 where it goes */
  readonly isGone: Uint8Array
  retweets = 0
  readonly cuts = new Map<number, Uint8Array>()
  readonly met = new Set<string>()
  private readonly forgotten: Forgotten
  private readonly kinds: Texts
  private readonly referenced: Texts

  constructor(rows: Rows, forgotten: Forgotten) {
    this.rows = rows
    this.forgotten = forgotten
    this.isGone = new Uint8Array(rows.count)
    this.kinds = textsOf(rows, 'kind')
    this.referenced = textsOf(rows, 'referenced_id')
  }

  /** What the columns tell. */
  atColumns(): void {
    const { rows, isGone, forgotten } = this
    const { tweets, users } = forgotten
    const isOwn = (isForgotten: boolean, row: number) => {
      if (isForgotten) isGone[row] = 1
    }
    const ids = textsOf(rows, 'tweet_id')
    forEachText(ids, (row, bytes, start, end) => isOwn(tweets.hasBytes(bytes, start, end), row))
    forEachText(textsOf(rows, 'author_id'), (row, bytes, start, end) => isOwn(users.hasBytes(bytes, start, end), row))
    const histories = textListsOf(rows, 'edit_history_ids')
    forEachItem(histories, (row, bytes, start, end) => isOwn(tweets.hasBytes(bytes, start, end), row))
    for (let row = 0; row < rows.count; row++) {
      if (isGone[row] === 0) continue
      this.met.add(textAt(ids, row))
      for (const version of itemsOf(histories, row)) this.met.add(decodeText(version, 0, version.length))
    }
    forEachText(this.referenced, (row, bytes, start, end) => {
      if (isGone[row] === 0 && tweets.hasBytes(bytes, start, end) && this.isRetweet(row)) this.dropRetweet(row)
    })
  }

  /** What only the lines tell: who wrote the tweet that is retweeted or quoted. */
  atLines(): void {
    const { isGone, forgotten } = this
    forEachText(textsOf(this.rows, 'raw'), (row, bytes, start, end) => {
      if (isGone[row] === 0 && holdsId(bytes, start, end, forgotten)) this.atLine(row, bytes.subarray(start, end))
    })
  }

  /** The lines of rows that stay, as they are to be. */
  lines(): Uint8Array[] {
    const lines: Uint8Array[] = []
    forEachText(textsOf(this.rows, 'raw'), (row, bytes, start, end) => {
      if (this.isGone[row] === 0) lines.push(this.cuts.get(row) ?? bytes.subarray(start, end))
    })
    return lines
  }

  private atLine(row: number, line: Uint8Array): void {
    const { bytes, tweets } = cutLine(line, this.forgotten)
    for (const id of tweets) this.met.add(id)
    if (this.isRetweet(row) && this.isOfForgotten(row, line, tweets)) this.dropRetweet(row)
    else if (bytes !== line) this.cuts.set(row, bytes)
  }

  /** Is what a retweet repeats among the tweets that were cut, or by a forgotten user? */
  private isOfForgotten(row: number, line: Uint8Array, cutTweets: ReadonlySet<string>): boolean {
    const id = textAt(this.referenced, row)
    if (cutTweets.has(id)) return true
    const author = retweetedUserOf(line)
    const isTheirs = author !== undefined && this.forgotten.users.has(author)
    if (isTheirs && id !== '') this.met.add(id)
    return isTheirs
  }

  private isRetweet(row: number): boolean {
    return textAt(this.kinds, row) === 'retweet'
  }

  private dropRetweet(row: number): void {
    this.isGone[row] = 1
    this.retweets += 1
  }
}

/** Behind `RT @`, in the words that X puts before the text of a retweet. */
const NAME_OF_RETWEETED = 3

/**
 * Who wrote what a retweet repeats, by the name that its own text begins with: also where X did not send the original.
 * @returns undefined where no such name has an id
 */
function retweetedUserOf(line: Uint8Array): string | undefined {
  const json = objectOf(parseExactJson(new TextDecoder().decode(line)))
  const entities = objectOf((objectOf(json?.data) ?? json)?.entities)
  const mentions = [...arrayOf(entities?.mentions), ...arrayOf(entities?.user_mentions)].map(objectOf)
  const first = mentions.find(mention => startOf(mention) === NAME_OF_RETWEETED)
  return idOf(first?.id_str) ?? idOf(first?.id) ?? undefined
}

function startOf(mention: JsonObject | undefined): unknown {
  return mention?.start ?? arrayOf(mention?.indices)[0]
}
