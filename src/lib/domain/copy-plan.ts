/**
 * Copying a lake: which files, in which order, so that whoever reads the copy meanwhile never takes it for more than it is.
 *
 * An hour of the copy is withdrawn before the first file that it vouches for changes and committed after its last, as
 * consolidate does it; and a copy that was never finished is no lake yet, because `twdw.json` comes last. Beside a lake there may
 * be other things: they are neither copied nor removed.
 */
import type { Hour } from './hour.ts'
import {
  DAILY_TABLES,
  dateOfDaily,
  HOURLY_TABLES,
  hourOfCompaction,
  hourOfPath,
  hourOfRejectedByHour,
  LAKE_FILE,
  LAYER1_FORGOTTEN,
  LAYER1_REJECTED,
  LAYER1_SESSIONS,
  LAYER1_TWEETS,
  LAYERS,
  MANIFESTS,
  MONTHS,
  monthOfRecord,
  tableFolder,
} from './paths.ts'

/** A file as a listing shows it. */
export interface CopyFile {
  path: string
  bytes: number
}

export interface CopyPlan<File extends CopyFile = CopyFile> {
  /** steps one after the other; files of one step in any order */
  steps: File[][]
  /** manifests of the copy that the lake has with another length: to be removed before anything else */
  withdrawn: string[]
  /** files of a lake that only the copy has, in the order in which they may go: manifests first */
  extra: string[]
  /** those of them with tweets or sessions, which cannot be made again */
  heard: string[]
}

const JSON_FOLDERS: readonly string[] = [LAYER1_FORGOTTEN, LAYER1_SESSIONS, MANIFESTS]

/** What follows from other files comes after them; tombstones first of all, so that nothing forgotten is ever without them. */
const ORDER: readonly string[] = [
  LAYER1_FORGOTTEN,
  LAYER1_TWEETS,
  LAYER1_REJECTED,
  LAYER1_SESSIONS,
  tableFolder('dim_date'),
  tableFolder('dim_lang'),
  ...HOURLY_TABLES.map(tableFolder),
  ...DAILY_TABLES.map(tableFolder),
  MANIFESTS,
  LAKE_FILE,
]

/**
 * @param source every file of the lake that is copied
 * @param copy every file that is where the copy shall be
 */
export function planCopy<File extends CopyFile>(source: readonly File[], copy: readonly CopyFile[]): CopyPlan<File> {
  const wanted = new Map(source.map(({ path, bytes }) => [path, bytes]))
  const there = new Set(copy.map(({ path }) => path))
  const steps = ORDER.map(() => [] as File[])
  for (const file of source) if (isOfLake(file.path)) steps[stepOf(file.path)]!.push(file)
  const isOther = ({ path, bytes }: CopyFile) => wanted.has(path) && wanted.get(path) !== bytes
  const extra = [...there].filter(path => isKnown(path) && !wanted.has(path)).sort((a, b) => stepOf(b) - stepOf(a))
  return {
    steps: steps.filter(({ length }) => length > 0),
    withdrawn: copy.filter(file => file.path.startsWith(MANIFESTS) && isOther(file)).map(({ path }) => path),
    extra,
    heard: extra.filter(path => path.startsWith(LAYER1_TWEETS) || path.startsWith(LAYER1_SESSIONS)),
  }
}

/**
 * Whether a file of the lake is copied: also tables that this version does not know, from which nothing of ours follows. Not what a
 * compaction is about, which tells of files of the lake and is done with there, nor months, which each lake may have of its own.
 */
export function isOfLake(path: string): boolean {
  if (hourOfCompaction(path) !== undefined || isOfMonth(path)) return false
  return path === LAKE_FILE || LAYERS.some(layer => path.startsWith(layer))
}

function isOfMonth(path: string): boolean {
  return path.startsWith(MONTHS) || monthOfRecord(path) !== undefined
}

/** Whether a path has the form of a lake's file as this version writes it: no other file is ever removed. */
function isKnown(path: string): boolean {
  if (isOfMonth(path)) return false
  if (path === LAKE_FILE) return true
  const folder = ORDER.find(folder => folder !== LAKE_FILE && path.startsWith(folder))
  return folder !== undefined && path.endsWith(JSON_FOLDERS.includes(folder) ? '.json' : '.parquet')
}

/** Hours whose manifests vouch for a file: its own, and of a day's file all of the day. */
export function hoursOver(path: string): Hour[] {
  const hour = hourOfPath(path) ?? hourOfRejectedByHour(path)
  if (hour !== undefined) return [hour]
  const date = dateOfDaily(path)
  if (date === undefined) return []
  return Array.from({ length: 24 }, (_, n) => `${date}T${String(n).padStart(2, '0')}` as Hour)
}

/** Files that this version does not know go with the first ones. */
function stepOf(path: string): number {
  return Math.max(
    0,
    ORDER.findIndex(folder => path.startsWith(folder)),
  )
}
