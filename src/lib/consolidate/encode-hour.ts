/**
 * All files of an hour's star, before any of them is written: whatever is wrong with layer1, or with a worker, shows here, and
 * what the lake has of the hour stays as it is.
 */
import { utcDateOf } from '../domain/hour.ts'
import { DAILY_TABLES, dailyPath, HOURLY_TABLES, hourlyPath } from '../domain/paths.ts'
import { madeTable } from '../domain/star/outline.ts'
import type { LakeFile } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { Tables } from '../io/tables.ts'
import { handOut } from './crew.ts'
import { encodeDay } from './encode-day.ts'
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
 * @returns the files in the order in which they are to be written
 * @throws TwdwError E_LAKE when layer1 cannot be read or a worker died; nothing goes on behind that
 */
export async function encodeHour(
  made: CheckedStar,
  hands: readonly Hand[],
  ports: { tables: Pick<Tables, 'readParts'>; log: Log },
): Promise<EncodedFile[]> {
  // while a large one is waited for the others go on
  const ahead = hands.length === 1 ? 1 : hands.length + 1
  const files: EncodedFile[] = []
  for await (const file of handOut(hands, tasksOf(made, ports), (hand, encode) => encode(hand), ahead)) files.push(file)
  return files
}

type EncodeFile = (hand: Hand) => Promise<EncodedFile>

function tasksOf(
  { hour, star: { tables }, rows, begun }: CheckedStar,
  ports: { tables: Pick<Tables, 'readParts'>; log: Log },
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
          const day = await encodeDay(name, { hour, hourRows: () => madeTable(tables[name]) }, ports, hand)
          return {
            path: dailyPath(name, utcDateOf(hour)),
            bytes: day?.bytes ?? (await encodeOutline(name, { outline: tables[name], rows: NO_LAYER1 }, hand)),
            rows: tables[name].count,
            isNewDay: day === undefined,
          }
        },
    ),
  ]
}
