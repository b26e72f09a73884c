/** Reading manifests: many small files, some of which may go while they are read. */
import type { Hour } from './domain/hour.ts'
import { type Manifest, parseManifest } from './domain/manifest.ts'
import { manifestPath } from './domain/paths.ts'
import { TwdwError } from './errors.ts'
import type { Lake } from './io/lake.ts'

/** Manifests that are read at a time: many are slow one by one on S3, and all at once would open too many files. */
const MANIFESTS_AT_A_TIME = 32

/**
 * The manifests of some hours, in their order. An hour whose manifest is gone since it was listed is left out: it is
 * being consolidated, and pending until that is done.
 * @param onDamaged takes note of an hour whose manifest is there and cannot be parsed; left out, that is the end
 * @throws TwdwError E_LAKE
 */
export async function readManifests(
  hours: readonly Hour[],
  lake: Pick<Lake, 'read'>,
  onDamaged?: (hour: Hour, error: TwdwError) => void,
): Promise<Map<Hour, Manifest>> {
  const manifests = new Map<Hour, Manifest>()
  for (let first = 0; first < hours.length; first += MANIFESTS_AT_A_TIME) {
    const some = hours.slice(first, first + MANIFESTS_AT_A_TIME)
    const texts = await Promise.all(some.map(hour => lake.read(manifestPath(hour))))
    for (const [i, hour] of some.entries()) {
      if (texts[i] === undefined) continue
      try {
        manifests.set(hour, parseManifest(new TextDecoder().decode(texts[i]), manifestPath(hour)))
      } catch (error) {
        if (onDamaged === undefined || !(error instanceof TwdwError)) throw error
        onDamaged(hour, error)
      }
    }
  }
  return manifests
}
