/**
 * Copying a lake: which files, in which order, so that whoever reads the copy meanwhile never takes it for more than it is.
 *
 * An hour of the copy is withdrawn before its first file changes and committed after its last, as consolidate does it; and a
 * copy that was never finished is no lake yet, because `twdw.json` comes last.
 */
import {
  DAILY_TABLES,
  HOURLY_TABLES,
  LAKE_FILE,
  LAYER1_FORGOTTEN,
  LAYER1_REJECTED,
  LAYER1_SESSIONS,
  LAYER1_TWEETS,
  MANIFESTS,
  tableFolder,
} from './paths.ts'

/** A file as a listing shows it. */
export interface CopyFile {
  path: string
  bytes: number
}

export interface CopyPlan {
  /** steps one after the other; files of one step in any order */
  steps: CopyFile[][]
  /** manifests of the copy to be removed before the first step: of another length, or of hours that the lake has no more */
  withdrawn: string[]
  /** what only the copy has, in the order in which it may go */
  extra: string[]
}

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
 * @param source every file of the lake
 * @param copy every file of what is there of the copy
 */
export function planCopy(source: readonly CopyFile[], copy: readonly CopyFile[]): CopyPlan {
  const wanted = new Map(source.map(({ path, bytes }) => [path, bytes]))
  const steps = ORDER.map(() => [] as CopyFile[])
  for (const file of source) steps[stepOf(file.path)]!.push(file)
  const isManifest = (path: string) => path.startsWith(MANIFESTS)
  return {
    steps: steps.filter(({ length }) => length > 0),
    withdrawn: copy.filter(({ path, bytes }) => isManifest(path) && wanted.get(path) !== bytes).map(({ path }) => path),
    extra: copy
      .filter(({ path }) => !wanted.has(path) && !isManifest(path))
      .map(({ path }) => path)
      .sort((a, b) => stepOf(b) - stepOf(a)),
  }
}

/** Files that this version does not know go with the first ones: nothing of ours follows from them. */
function stepOf(path: string): number {
  return Math.max(
    0,
    ORDER.findIndex(folder => path.startsWith(folder)),
  )
}
