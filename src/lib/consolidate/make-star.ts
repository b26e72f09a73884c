/**
 * One hour's layer1 files → its star, checked, with what is text still in layer1.
 *
 * Files are cast by several hands; what is left of them are numbers, by which the hour is put in order here. Nothing is
 * written.
 */
import type { Table } from 'apache-arrow'
import { type CompareRows, createCompareRows } from '../domain/columns/row-order.ts'
import { type Rows, rowsOf } from '../domain/columns/rows.ts'
import { takeRows } from '../domain/columns/take-rows.ts'
import type { Hour } from '../domain/hour.ts'
import { LAYER1 } from '../domain/layer1.ts'
import type { StarTable } from '../domain/layer2.ts'
import type { InputFile } from '../domain/manifest.ts'
import { type Cast, joinCasts } from '../domain/star/cast.ts'
import { checkStar } from '../domain/star/checks.ts'
import { outlineRows } from '../domain/star/outline.ts'
import { buildRejected } from '../domain/star/rejected.ts'
import { outlineTags, outlineTweets, type StarOutline, TIE_COLUMNS, type TweetsOutline } from '../domain/star/star.ts'
import { numberTweets, tiedRows } from '../domain/star/tweets.ts'
import type { Tables } from '../io/tables.ts'
import { askFreest, handOut } from './crew.ts'
import { encodeOutline } from './encode-outline.ts'
import { type Hand, type Layer1Rows, readLayer1 } from './hand.ts'

/** A star that passed its checks. */
export interface CheckedStar {
  hour: Hour
  star: StarOutline
  /** layer1 rows that could not be cast */
  rejected: Table
  rows: Layer1Rows
  /** files that are being made already, of the tables that take most of the time */
  begun: Partial<Record<StarTable, Promise<Uint8Array>>>
  /** names of the checks */
  checks: string[]
}

export interface MakerPorts {
  tables: Pick<Tables, 'read'>
  hands: readonly Hand[]
  /** called where much memory was let go */
  giveBackMemory(): void
}

/** @throws TwdwError E_LAKE when layer1 cannot be read, E_DATA when a check failed */
export async function makeStar(
  { hour, inputs, timeZone }: { hour: Hour; inputs: readonly InputFile[]; timeZone: string },
  { tables, hands, giveBackMemory }: MakerPorts,
): Promise<CheckedStar> {
  // of a small hour there is nothing to give back
  const letGo = hands.length > 1 ? giveBackMemory : () => undefined
  const { cast, rows } = await castFiles(hour, inputs, hands)
  letGo()
  const deliveries = numberTweets(cast)
  letGo()
  const compareTied = await createCompareTied(tiedRows(cast, deliveries), rows, tables)
  const outlined = outlineTweets(cast, deliveries, { hour, timeZone, compareTied })
  // Other threads encode while this one counts and checks; what they make is in memory, and dropped if a check fails.
  const begun: CheckedStar['begun'] = {}
  if (hands.length > 1) {
    for (const table of ['dim_user_snapshot', 'fact_tweet'] as const) {
      const written = { outline: outlined.tables[table], rows }
      const file = askFreest(hands, hand => encodeOutline(table, written, hand))
      // told to whoever writes it
      file.catch(() => undefined)
      begun[table] = file
    }
  }
  try {
    return { ...(await finishStar({ hour, cast, outlined, rows }, tables, letGo)), begun }
  } catch (error) {
    // nothing goes on behind a failure
    await Promise.allSettled(Object.values(begun))
    throw error
  }
}

async function finishStar(
  { hour, cast, outlined, rows }: { hour: Hour; cast: Cast; outlined: TweetsOutline; rows: Layer1Rows },
  tables: MakerPorts['tables'],
  letGo: () => void,
): Promise<Omit<CheckedStar, 'begun'>> {
  letGo()
  const star = outlineTags(cast, outlined, letGo)
  const rejected = await readRejected(cast, rows, tables)
  const looked = Object.entries(star.tables).map(([name, outline]) => [name, outlineRows(outline)])
  const checks = checkStar(
    {
      tables: Object.fromEntries(looked) as Record<StarTable, Rows>,
      counts: star.counts,
      rejectedRows: rejected.numRows,
    },
    hour,
    letGo,
  )
  return { hour, star, rejected, rows, checks }
}

async function castFiles(
  hour: Hour,
  inputs: readonly InputFile[],
  hands: readonly Hand[],
): Promise<{ cast: Cast; rows: Layer1Rows }> {
  const casts: Cast[] = []
  for await (const cast of handOut(hands, inputs, (hand, file) => hand.cast(file, hour))) casts.push(cast)
  const starts = new Uint32Array(inputs.length + 1)
  for (const [i, { count }] of casts.entries()) starts[i + 1] = starts[i]! + count
  return { cast: joinCasts(casts), rows: { files: inputs, starts } }
}

/** Some rows of layer1, whole. @param numbers of the rows, ascending */
async function readExcerpt(
  numbers: Uint32Array,
  columns: readonly string[],
  { files: inputs, starts }: Layer1Rows,
  tables: MakerPorts['tables'],
): Promise<Rows> {
  const parts: Table[] = []
  let at = 0
  for (const [i, file] of inputs.entries()) {
    const from = at
    while (at < numbers.length && numbers[at]! < starts[i + 1]!) at++
    if (at === from) continue
    const places = numbers.subarray(from, at).map(row => row - starts[i]!)
    parts.push(takeRows(await readLayer1(tables, file, columns), places))
  }
  return rowsOf(parts)
}

async function createCompareTied(
  tied: Uint32Array,
  rows: Layer1Rows,
  tables: MakerPorts['tables'],
): Promise<CompareRows> {
  const excerpt = await readExcerpt(tied, TIE_COLUMNS, rows, tables)
  const compare = createCompareRows(excerpt, TIE_COLUMNS)
  const placeOf = new Map(Array.from(tied, (row, place) => [row, place]))
  return (a, b) => compare(placeOf.get(a)!, placeOf.get(b)!)
}

async function readRejected({ rejections }: Cast, rows: Layer1Rows, tables: MakerPorts['tables']): Promise<Table> {
  const numbers = Uint32Array.from(rejections, ({ row }) => row)
  const excerpt = await readExcerpt(numbers, LAYER1.names as string[], rows, tables)
  return buildRejected(
    excerpt,
    rejections.map((rejection, row) => ({ ...rejection, row })),
  )
}
