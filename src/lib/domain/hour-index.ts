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
import type { MonthRecord } from './months.ts'
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
  /** `contentOf` the manifest */
  content: string
}

export interface HourIndex {
  hours: Map<Hour, KnownHour>
  /** all hours that had a manifest, and the records of months, when their folder had this stamp; undefined: it could not be told */
  committed: { stamp: string; hours: readonly Hour[]; months: readonly MonthRecord[] } | undefined
}

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

/** Raised when something in it means something else. */
const FORMAT = 4

/** What the rest is read by. Another zone of the lake makes all that is known worthless. */
function headOf(timeZone: string): string {
  return `twdw hours ${FORMAT} ${timeZone} ${TABLES.join(',')}`
}

/** The index by columns, which JSON reads several times as quickly as it reads an object an hour. */
interface Columns {
  head: string
  hours: string[]
  layer1: string[]
  manifest: string[]
  /** places in `folders` */
  manifests: number[]
  tables: number[]
  content: string[]
  folders: (string | null)[]
  /** those of the committed hours that are not in `hours` */
  otherCommitted: string[]
  /** those in `hours` that were not committed */
  notCommitted: string[]
  committedStamp: string | null
  months: readonly MonthRecord[]
}

/** @returns the same text for the same index; what `parseIndex` makes of it has the hours in their order */
export function indexToText({ hours: unsorted, committed }: HourIndex, timeZone: string): string {
  const hours = new Map([...unsorted.keys()].sort().map(hour => [hour, unsorted.get(hour)!]))
  const known = [...hours.values()]
  const folders = [...new Set(known.map(({ manifests }) => manifests ?? null))]
  const placeOf = new Map(folders.map((stamp, place) => [stamp, place]))
  const isCommitted = new Set(committed?.hours)
  return JSON.stringify({
    head: headOf(timeZone),
    hours: [...hours.keys()],
    layer1: known.map(({ layer1 }) => layer1),
    manifest: known.map(({ manifest }) => manifest),
    manifests: known.map(({ manifests }) => placeOf.get(manifests ?? null)!),
    tables: known.map(({ tables }) => tables),
    content: known.map(({ content }) => content),
    folders,
    otherCommitted: [...isCommitted].filter(hour => !hours.has(hour)),
    notCommitted: [...hours.keys()].filter(hour => !isCommitted.has(hour)),
    committedStamp: committed?.stamp ?? null,
    months: committed?.months ?? [],
  } satisfies Columns)
}

/** @returns nothing for a text of another format, of another zone, or that is damaged: all is found out again then */
export function parseIndex(text: string, timeZone: string): HourIndex {
  const index: HourIndex = { hours: new Map(), committed: undefined }
  const columns = parseColumns(text)
  if (columns?.head !== headOf(timeZone)) return index
  const { hours, layer1, manifest, manifests, tables, content, folders, otherCommitted, committedStamp } = columns
  for (let i = 0; i < hours.length; i++) {
    index.hours.set(hours[i] as Hour, {
      layer1: layer1[i]!,
      manifest: manifest[i]!,
      manifests: folders[manifests[i]!] ?? undefined,
      tables: tables[i]!,
      content: content[i]!,
    })
  }
  if (committedStamp === null) return index
  const not = new Set(columns.notCommitted)
  const committed = (not.size === 0 ? hours : hours.filter(hour => !not.has(hour))).concat(otherCommitted)
  index.committed = { stamp: committedStamp, hours: committed as Hour[], months: columns.months }
  return index
}

function parseColumns(text: string): Columns | undefined {
  try {
    const columns: Columns = JSON.parse(text)
    const { hours, layer1, manifest, manifests, tables, content, folders, otherCommitted, notCommitted, months } =
      columns
    const isWhole = [folders, otherCommitted, notCommitted, months].every(Array.isArray)
    const isEven = [layer1, manifest, manifests, tables, content].every(({ length }) => length === hours.length)
    return isWhole && isEven ? columns : undefined
  } catch {
    return undefined
  }
}
