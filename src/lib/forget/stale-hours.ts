/**
 * Hours of layer2 that have to be made again because of what was forgotten. They are known by how the lake stands and
 * not by what a run remembers, so that the run after one that was cut off knows them too.
 */
import type { Contents } from '../consolidate/contents.ts'
import type { Hour } from '../domain/hour.ts'
import { inputsByHour, isUpToDate, manifestToText } from '../domain/manifest.ts'
import {
  HOURLY_TABLES,
  hourOfManifest,
  hourOfPath,
  LAYER1_TWEETS,
  MANIFESTS,
  manifestPath,
  tableFolder,
} from '../domain/paths.ts'
import type { Lake } from '../io/lake.ts'
import { manifestFiles, readManifests } from '../manifests.ts'
import { monthsIn, monthsToForget, removeMonth } from '../months.ts'
import type { Found } from './find-forgotten.ts'

type ReadLake = Pick<Lake, 'list' | 'readListed'>

/** Hours of the layer1 files that have to change. */
export function hoursOf({ tweets }: Found): Hour[] {
  return [...new Set([...tweets.keys()].flatMap(path => hourOfPath(path) ?? []))].sort()
}

/** Hours that would be made again. @throws TwdwError E_LAKE */
export async function hoursToMake(found: Found, lake: ReadLake): Promise<Hour[]> {
  const { known, consolidated } = await listHours(lake)
  const hours = hoursOf(found).filter(hour => known.has(hour) || consolidated.has(hour))
  return [...new Set([...hours, ...found.facts.keys()])].sort()
}

/**
 * To be called before the first file of these hours changes. Their manifests claim nothing from then on, and layer1 files of
 * no length, which none is: the hours are pending until they are made again, also where no layer1 is left.
 * @throws TwdwError E_LAKE
 */
export async function withdrawHours(
  hours: readonly Hour[],
  lake: Pick<Lake, 'readListed' | 'write' | 'remove'>,
): Promise<void> {
  const damaged: Hour[] = []
  const manifests = await readManifests(manifestFiles(hours), lake, hour => void damaged.push(hour))
  for (const hour of damaged) await lake.remove(manifestPath(hour))
  for (const [hour, manifest] of manifests) {
    const inputs = manifest.inputs.map(({ path }) => ({ path, bytes: 0 }))
    const text = manifestToText({ ...manifest, inputs, outputs: [] })
    await lake.write(manifestPath(hour), new TextEncoder().encode(text))
  }
}

/**
 * Months that have rows of it go, before layer1 changes: a run that is cut off finds there for which hours it has to be done.
 * They are for questions alone, and are not made again here.
 * @throws TwdwError E_LAKE
 */
export async function removeMonths(
  found: Found,
  lake: Pick<Lake, 'list' | 'readListed' | 'write' | 'remove'>,
  timeZone: string,
): Promise<void> {
  const committed = (await lake.list(MANIFESTS)).filter(({ path }) => hourOfManifest(path) !== undefined)
  const manifests = await readManifests(committed, lake, () => undefined)
  const hours = [...hoursOf(found), ...found.facts.keys()]
  for (const month of await monthsToForget(hours, manifests, { timeZone, lake })) await removeMonth(month, lake)
}

/**
 * Hours whose layer2 does not follow from the layer1 of now, or still has what is forgotten; others, which nobody has
 * consolidated yet, are left to `consolidate`.
 * @throws TwdwError E_LAKE
 */
export async function staleHours(
  { facts }: Found,
  lake: ReadLake,
  timeZone: string,
): Promise<{ hours: Hour[]; contents: Pick<Contents, 'inputs' | 'consolidated' | 'months'> }> {
  const inputs = inputsByHour(await lake.list(LAYER1_TWEETS))
  const { known, consolidated, months } = await listHours(lake)
  const manifests = await readManifests(manifestFiles([...consolidated]), lake, () => undefined)
  const isStale = (hour: Hour) => !isUpToDate(manifests.get(hour), inputs.get(hour) ?? [], timeZone)
  const hours = [...new Set([...known, ...consolidated])].filter(hour => isStale(hour) || facts.has(hour)).sort()
  return { hours, contents: { inputs, consolidated, months } }
}

/** Hours that have files in layer2, hours that have a manifest, and months that have a record. */
async function listHours(lake: ReadLake): Promise<{ known: Set<Hour>; consolidated: Set<Hour>; months: Set<string> }> {
  const files = await Promise.all(HOURLY_TABLES.map(table => lake.list(tableFolder(table))))
  const paths = (await lake.list(MANIFESTS)).map(({ path }) => path)
  return {
    known: new Set(files.flat().flatMap(({ path }) => hourOfPath(path) ?? [])),
    consolidated: new Set(paths.flatMap(path => hourOfManifest(path) ?? [])),
    months: monthsIn(paths),
  }
}
