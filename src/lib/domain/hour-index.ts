/**
 * What a question once found out about consolidated hours, for the next one: reading it takes milliseconds, and finding it
 * out again, of every hour of a year, a second.
 *
 * It vouches for nothing by itself. Each hour goes with the stamps of what was looked at; where one of them is another by
 * now, the hour is looked at again.
 */
import type { Hour } from './hour.ts'
import type { StarTable } from './layer2.ts'
import type { Manifest } from './manifest.ts'
import { DAILY_TABLES, HOURLY_TABLES, tableFolder } from './paths.ts'

/** The bit of a table in `KnownHour.tables` is its place in here. */
const TABLES: readonly StarTable[] = [...HOURLY_TABLES, ...DAILY_TABLES]

/** An hour whose manifest names exactly the layer1 files that there were, in the zone of the lake. */
export interface KnownHour {
  /** stamp of the folder of its layer1 */
  layer1: string
  /** stamp of its manifest */
  manifest: string
  /** stamp of the folder of all manifests when the one of `manifest` was last compared; undefined: it could not be told */
  manifests: string | undefined
  /** tables of layer2 that have rows of it, a bit each */
  tables: number
}

export type HourIndex = Map<Hour, KnownHour>

/** The tables that have rows of an hour, as bits. */
export function tablesOf({ outputs }: Pick<Manifest, 'outputs'>): number {
  let bits = 0
  for (const { path, rows } of outputs) {
    const place = TABLES.findIndex(table => path.startsWith(tableFolder(table)))
    if (rows > 0 && place !== -1) bits |= 1 << place
  }
  return bits
}

export function hasTable(bits: number, table: StarTable): boolean {
  return (bits & (1 << TABLES.indexOf(table))) !== 0
}

/** Raised when a line means something else. */
const FORMAT = 1
const NONE = '-'

/** The first line: what the others are read by. Another zone of the lake makes all that is known worthless. */
function headOf(timeZone: string): string {
  return `twdw hours ${FORMAT} ${timeZone} ${TABLES.join(',')}`
}

/** A line for the format, one for the stamps of the folder of manifests, and one an hour. */
export function indexToText(index: HourIndex, timeZone: string): string {
  const folders = [...new Set(Array.from(index.values(), ({ manifests }) => manifests ?? NONE))]
  const placeOf = new Map(folders.map((stamp, place) => [stamp, place]))
  const lines = Array.from(index, ([hour, { layer1, manifest, manifests, tables }]) =>
    [hour, layer1, manifest, placeOf.get(manifests ?? NONE), tables].join('\t'),
  )
  return [headOf(timeZone), folders.join('\t'), ...lines, ''].join('\n')
}

/** @returns nothing for a text of another format, of another zone, or cut short: all is found out again then */
export function parseIndex(text: string, timeZone: string): HourIndex {
  const index: HourIndex = new Map()
  const [head, folderLine = '', ...lines] = text.split('\n')
  if (head !== headOf(timeZone) || lines.pop() !== '') return index
  const folders = folderLine.split('\t').map(stamp => (stamp === NONE ? undefined : stamp))
  for (const line of lines) {
    const [hour, layer1, manifest, place, tables] = line.split('\t')
    if (tables === undefined) return new Map()
    index.set(hour as Hour, {
      layer1: layer1!,
      manifest: manifest!,
      manifests: folders[Number(place)],
      tables: Number(tables),
    })
  }
  return index
}
