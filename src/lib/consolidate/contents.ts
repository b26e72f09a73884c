/**
 * What the lake has, of the hours that are to be looked at.
 *
 * A manifest that stands is not taken at its word: every file that it names must be there, or the hour is to be made
 * again. That is a matter of listing, and nothing is opened. A few days are listed one by one; for more, each
 * table is listed whole, as layer1 is anyway: 8 listings instead of thousands, which is what a bucket charges for.
 */
import { type Hour, type HourRange, isInRange, utcDateOf } from '../domain/hour.ts'
import type { StarTable } from '../domain/layer2.ts'
import { type InputFile, inputsByHour, type Manifest, orphanHours } from '../domain/manifest.ts'
import {
  DAILY_TABLES,
  HOUR_MARKS,
  HOURLY_TABLES,
  hourOfCompaction,
  hourOfManifest,
  LAKE_FILE,
  LAYER1_TWEETS,
  LAYER2_OWN,
  MANIFESTS,
  tableDayFolder,
  tableFolder,
} from '../domain/paths.ts'
import { TwdwError } from '../errors.ts'
import type { Lake, LakeEntry } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import { manifestFiles, readManifests } from '../manifests.ts'
import { monthsIn } from '../months.ts'

/** A lake as consolidate found it. */
export interface Contents {
  /** layer1 files by hour, in range or not; [] for an hour that has none and no manifest that can be read */
  inputs: Map<Hour, InputFile[]>
  /** of the hours in range */
  manifests: Map<Hour, Manifest>
  /** paths of the star tables' files, of the days that `manifests` are about at least */
  outputs: Set<string>
  /** hours that have a manifest, in range or not, readable or not */
  consolidated: Set<Hour>
  /** compactions that were cut off: what they have begun changes `inputs` and `manifests` when it is completed */
  compactions: LakeEntry[]
  /** that have a record */
  months: Set<string>
}

const STAR_TABLES = [...HOURLY_TABLES, ...DAILY_TABLES]
/** Days that are listed one by one; more are found quicker by listing everything. */
const MAX_DAYS_LISTED = 7

/**
 * @param plan of consolidate; with `rebuild` a manifest that cannot be read is warned of, and its hour taken for one without
 * @throws TwdwError E_LAKE
 */
export async function readContents(
  { range, rebuild }: { range: HourRange; rebuild: boolean },
  { lake, log }: { lake: Lake; log: Log },
): Promise<Contents> {
  const inputs = inputsByHour(await lake.list(LAYER1_TWEETS))
  const own = await lake.list(LAYER2_OWN)
  const entries = own.filter(({ path }) => path.startsWith(MANIFESTS))
  const consolidated = new Set(entries.flatMap(({ path }) => hourOfManifest(path) ?? []))
  // a run over some hours has nothing to say of others, and is spared the listing
  const marks = range.from === undefined && range.to === undefined ? await listAll(HOUR_MARKS, lake) : []
  for (const hour of orphanHours(marks, inputs, consolidated)) inputs.set(hour, [])
  const wanted = entries.filter(({ path }) => {
    const hour = hourOfManifest(path)
    return hour !== undefined && isInRange(hour, range)
  })
  // a rebuild is the remedy that the error names
  const remake = (hour: Hour, { message }: Error) => {
    log.warn(`${message}; hour ${hour} is made again`)
    if (!inputs.has(hour)) inputs.set(hour, [])
  }
  const manifests = await readManifests(wanted, lake, rebuild ? remake : undefined)
  // After the manifests: a dry run may stand beside a run that publishes, and files are there before their manifest.
  const outputs = await listOutputs([...manifests.keys()], lake)
  const compactions = own.filter(({ path }) => hourOfCompaction(path) !== undefined)
  const months = monthsIn(entries.map(({ path }) => path))
  return { inputs, manifests, outputs, consolidated, compactions, months }
}

/**
 * The zone of a lake is fixed when it is made: layer2 half in one zone and half in another would count a day in neither.
 * The hours that were read are looked at, and where there are others the last of all.
 * @throws TwdwError E_LAKE when twdw.json names another zone than layer2 was made in
 */
export async function refuseOtherZone(
  timeZone: string,
  { manifests, consolidated }: Contents,
  lake: Lake,
): Promise<void> {
  const last = [...consolidated].sort().at(-1)
  const isRead = last === undefined || manifests.has(last)
  // one that cannot be read is told of when its hour is asked for
  const others = isRead ? new Map<Hour, Manifest>() : await readManifests(manifestFiles([last]), lake, () => undefined)
  const made = [...manifests.values(), ...others.values()].filter(({ outputs }) => outputs.length > 0)
  const other = made.find(manifest => manifest.timeZone !== timeZone)
  if (other === undefined) return
  throw new TwdwError(
    'E_LAKE',
    `hour ${other.hour} was consolidated in ${other.timeZone}, and ${LAKE_FILE} says ${timeZone}`,
    {
      hint: `write ${other.timeZone} back into ${LAKE_FILE}, or have all of layer2 made again in ${timeZone}: twdw consolidate --rebuild`,
    },
  )
}

/** Paths of files of tables, of the days of some hours at least. @throws TwdwError E_LAKE */
export async function listOutputs(
  hours: readonly Hour[],
  lake: Lake,
  tables: readonly StarTable[] = STAR_TABLES,
): Promise<Set<string>> {
  const days = [...new Set(hours.map(utcDateOf))]
  const prefixes = tables.flatMap(table =>
    days.length > MAX_DAYS_LISTED ? tableFolder(table) : days.map(day => tableDayFolder(table, day)),
  )
  return new Set(await listAll(prefixes, lake))
}

async function listAll(prefixes: readonly string[], lake: Lake): Promise<string[]> {
  const found = await Promise.all(prefixes.map(prefix => lake.list(prefix)))
  return found.flat().map(({ path }) => path)
}
