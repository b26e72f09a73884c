/**
 * Lines → layer1 tables, one table for each hour that the tweets belong to.
 *
 * The builder holds columns and never tweets. Nearly every line goes from its bytes into the columns without becoming a
 * tweet in between; the others are read by `parseLine`, and the columns cannot tell. Rows keep the order in which they
 * were added, so the same segment gives the same bytes.
 */
import type { Table } from 'apache-arrow'
import { HOUR_MS, type Hour, hourOf } from './hour.ts'
import { REJECTED } from './layer1.ts'
import { Layer1Rows, type Provenance, RowBuilder } from './layer1-rows.ts'
import { type LineContext, parseLine } from './line/line.ts'
import { SeenRules } from './line/seen-rules.ts'
import { StreamLine } from './line/stream-line.ts'
import { countsOf, type Line, type LineCounts, NO_LINES, type ParsedTweet, type Rejected } from './tweet.ts'
import type { Matched } from './x/matched.ts'

/** Encodings of the layer1 files: columns that repeat. */
export const LAYER1_REPEATING = [
  'lang',
  'kind',
  'place_type',
  'place_country',
  'place_country_code',
  'user_verified_type',
  'source',
] as const
export const REJECTED_REPEATING = ['reason', 'source'] as const

/** Layer1 while it is made. */
export interface Layer1Builder {
  /** Add what a line holds. @returns how much that is; good until the next line */
  addLine(line: Line, context: LineContext): Readonly<LineCounts>
  addTweet(parsed: ParsedTweet, provenance: Provenance): void
  addRejected(rejected: Rejected, provenance: Provenance): void
  /** The last tweet of the line that was just added; undefined where it holds none. */
  readonly lastTweetId: string | undefined
  /** tweets added so far */
  readonly tweets: number
  readonly rejected: number
  /** bytes of all columns so far, close to what the tables will take in memory */
  readonly bytes: number
  /**
   * Hours that have `rowsATable` rows, as tables, in the order in which they got them. The rows are out of the builder, and
   * lie in its memory until they are given back.
   */
  takeFull(): FullTable[]
  /** The rows by hour, oldest hour first, n >= 1 rows each. They lie in the builder: good until it is cleared or added to. */
  tweetTables(): Map<Hour, Table>
  /** The rejected lines; 0 rows when there is none. Good as long as `tweetTables`. */
  rejectedTable(): Table
  /** Forget all and begin anew, in the same memory. */
  clear(): void
}

/** Rows of one hour, enough for a table. */
export interface FullTable {
  hour: Hour
  table: Table
  /** The table is not needed any more. */
  giveBack(): void
}

/** An archive has thousands of hours in a segment, a stream has one or two; so many are kept ready for the next segment. */
const MAX_SPARE_HOURS = 2

/** @param rowsATable so many rows of an hour are a table of their own; as many as there are, where it is left out */
export function createLayer1Builder(rowsATable = Number.POSITIVE_INFINITY): Layer1Builder {
  return new Builder(rowsATable)
}

class Builder implements Layer1Builder {
  tweets = 0
  rejected = 0
  private readonly hours = new Map<Hour, Layer1Rows>()
  private readonly spare: Layer1Rows[] = []
  private readonly full: { hour: Hour; rows: Layer1Rows }[] = []
  private readonly rowsATable: number
  private readonly rejectedRows = new RowBuilder(REJECTED)
  private readonly stream = new StreamLine()
  private readonly seenRules = new SeenRules()
  private readonly streamCounts: LineCounts = { ...NO_LINES }
  /** hours since 1970 of the last line of the stream, and its rows: the next line is nearly always of the same hour */
  private streamHour = Number.NaN
  private streamRows: Layer1Rows | undefined
  private lastIsStreamed = false
  private lastParsedId: string | undefined

  constructor(rowsATable: number) {
    this.rowsATable = rowsATable
  }

  get lastTweetId(): string | undefined {
    return this.lastIsStreamed ? this.stream.tweetId : this.lastParsedId
  }

  addLine(line: Line, context: LineContext): Readonly<LineCounts> {
    if (this.stream.read(line.bytes)) {
      const matched = this.stream.matched(this.seenRules, context)
      if (matched !== undefined) return this.addStreamLine(line, matched)
    }
    const content = parseLine(line, context)
    for (const tweet of content.tweets) if (!tweet.isForeign) this.addTweet(tweet, line)
    for (const rejected of content.rejected) this.addRejected(rejected, line)
    return countsOf(content)
  }

  private addStreamLine(line: Line, { rules, isForeign }: Matched): LineCounts {
    const { stream, streamCounts } = this
    if (!isForeign) {
      const hour = Math.floor(stream.createdMs / HOUR_MS)
      if (hour !== this.streamHour || this.streamRows === undefined) {
        this.streamHour = hour
        this.streamRows = this.rowsOf(hourOf(stream.createdMs))
      }
      const { streamRows } = this
      streamRows.appendStreamLine(stream, rules, line)
      this.lastIsStreamed = true
      this.tweets += 1
      if (streamRows.count >= this.rowsATable) this.setAside(hourOf(stream.createdMs), streamRows)
    }
    streamCounts.tweets = isForeign ? 0 : 1
    streamCounts.foreign = isForeign ? 1 : 0
    streamCounts.profiles = stream.hasProfile ? 1 : 0
    streamCounts.references = stream.hasProfile && stream.hasReference ? 1 : 0
    return streamCounts
  }

  addTweet({ tweet, hour }: ParsedTweet, { source, capturedAtMs }: Provenance): void {
    const rows = this.rowsOf(hour)
    rows.append({ ...tweet, source, captured_at: capturedAtMs })
    this.lastIsStreamed = false
    this.lastParsedId = tweet.tweet_id
    this.tweets += 1
    if (rows.count >= this.rowsATable) this.setAside(hour, rows)
  }

  addRejected({ bytes, reason }: Rejected, { source, capturedAtMs }: Provenance): void {
    this.rejectedRows.append({ ...lineColumns(bytes), reason, source, captured_at: capturedAtMs })
    this.rejected += 1
  }

  get bytes(): number {
    let sum = this.rejectedRows.bytes
    for (const rows of this.hours.values()) sum += rows.bytes
    return sum
  }

  takeFull(): FullTable[] {
    return this.full.splice(0).map(({ hour, rows }) => ({
      hour,
      table: rows.toTable(),
      giveBack: () => this.letGo(rows),
    }))
  }

  tweetTables(): Map<Hour, Table> {
    const hours = [...this.hours].sort(([a], [b]) => (a < b ? -1 : 1))
    return new Map(hours.map(([hour, rows]) => [hour, rows.toTable()]))
  }

  rejectedTable(): Table {
    return this.rejectedRows.toTable()
  }

  clear(): void {
    for (const rows of this.hours.values()) this.letGo(rows)
    for (const { rows } of this.full.splice(0)) this.letGo(rows)
    this.hours.clear()
    this.streamRows = undefined
    this.rejectedRows.clear()
    this.tweets = 0
    this.rejected = 0
  }

  private setAside(hour: Hour, rows: Layer1Rows): void {
    this.full.push({ hour, rows })
    this.hours.delete(hour)
    this.streamRows = undefined
  }

  private letGo(rows: Layer1Rows): void {
    rows.clear()
    if (this.spare.length < MAX_SPARE_HOURS) this.spare.push(rows)
  }

  private rowsOf(hour: Hour): Layer1Rows {
    const rows = this.hours.get(hour) ?? this.spare.pop() ?? new Layer1Rows()
    this.hours.set(hour, rows)
    return rows
  }
}

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A refused line is kept as text where it is UTF-8, and byte for byte where it is not. */
function lineColumns(bytes: Uint8Array): { line: string | null; line_base64: string | null } {
  try {
    return { line: utf8Decoder.decode(bytes), line_base64: null }
  } catch {
    return { line: null, line_base64: bytes.toBase64() }
  }
}
