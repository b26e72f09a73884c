/**
 * All files of an hour's star, before any of them is written: whatever is wrong with layer1, or with a worker, shows here, and
 * what the lake has of the hour stays as it is.
 */
import type { Table } from 'apache-arrow'
import { utcDateOf } from '../domain/hour.ts'
import { DAILY_TABLES, type DailyTable, dailyPath, HOURLY_TABLES, hourlyPath } from '../domain/paths.ts'
import { mergeDay } from '../domain/star/day.ts'
import { madeTable } from '../domain/star/outline.ts'
import type { LakeFile } from '../io/lake.ts'
import { handOut } from './crew.ts'
import { encodeOutline, NO_LAYER1 } from './encode-outline.ts'
import type { Hand } from './hand.ts'
import type { CheckedStar } from './make-star.ts'

export interface EncodedFile extends LakeFile {
  /** of the hour */
  rows: number
  /** the file of a day that was not there, or could not be read: what other hours had in it is lost */
  isNewDay: boolean
}

/**
 * @param readDay the day's table as the lake has it; undefined where it has none that can be read
 * @returns the files in the order in which they are to be written
 * @throws TwdwError E_LAKE when layer1 cannot be read or a worker died; nothing goes on behind that
 */
export async function encodeHour(
  made: CheckedStar,
  hands: readonly Hand[],
  readDay: (name: DailyTable) => Promise<Table | undefined>,
): Promise<EncodedFile[]> {
  // while a large one is waited for the others go on
  const ahead = hands.length === 1 ? 1 : hands.length + 1
  const files: EncodedFile[] = []
  for await (const file of handOut(hands, tasksOf(made, readDay), (hand, encode) => encode(hand), ahead))
    files.push(file)
  return files
}

type EncodeFile = (hand: Hand) => Promise<EncodedFile>

function tasksOf(
  { hour, star: { tables }, rows, begun }: CheckedStar,
  readDay: (name: DailyTable) => Promise<Table | undefined>,
): EncodeFile[] {
  return [
    // Dimensions before bridges, bridges before facts: who finds a fact also finds what it refers to.
    ...HOURLY_TABLES.map(
      (name): EncodeFile =>
        async hand => ({
          path: hourlyPath(name, hour),
          bytes: await (begun[name] ?? encodeOutline(name, { outline: tables[name], rows }, hand)),
          rows: tables[name].count,
          isNewDay: false,
        }),
    ),
    // Aggregates after facts: a sum is never ahead of what it sums.
    ...DAILY_TABLES.map(
      (name): EncodeFile =>
        async hand => {
          const existing = await readDay(name)
          const outline =
            existing === undefined ? tables[name] : mergeDay(name, existing, madeTable(tables[name]), hour)
          return {
            path: dailyPath(name, utcDateOf(hour)),
            bytes: await encodeOutline(name, { outline, rows: NO_LAYER1 }, hand),
            rows: tables[name].count,
            isNewDay: existing === undefined,
          }
        },
    ),
  ]
}
