/** Reading manifests: many small files, some of which may go while they are read. */
import type { Hour } from './domain/hour.ts'
import { type Manifest, parseManifest } from './domain/manifest.ts'
import { hourOfManifest, manifestPath } from './domain/paths.ts'
import { TwdwError } from './errors.ts'
import type { Lake, LakeEntry } from './io/lake.ts'

/** Manifests that are read at a time: many are slow one by one on S3, and all at once would open too many files. */
const MANIFESTS_AT_A_TIME = 32

/**
 * Manifests by their hours, in the order of the files. An hour whose manifest is gone since it was listed is left out: it is
 * being consolidated, and pending until that is done.
 * @param files of manifests, with their stamps where a listing told them; other files are passed over
 * @param onDamaged takes note of an hour whose manifest is there and cannot be parsed; left out, that is the end
 * @throws TwdwError E_LAKE
 */
export async function readManifests(
  files: readonly ListedFile[],
  lake: Pick<Lake, 'readListed'>,
  onDamaged?: (hour: Hour, error: TwdwError) => void,
): Promise<Map<Hour, Manifest>> {
  const manifests = new Map<Hour, Manifest>()
  for (let first = 0; first < files.length; first += MANIFESTS_AT_A_TIME) {
    const some = files.slice(first, first + MANIFESTS_AT_A_TIME)
    const texts = await lake.readListed(some)
    for (const [i, { path }] of some.entries()) {
      const hour = hourOfManifest(path)
      if (hour === undefined || texts[i] === undefined) continue
      try {
        manifests.set(hour, parseManifest(new TextDecoder().decode(texts[i]), path))
      } catch (error) {
        if (onDamaged === undefined || !(error instanceof TwdwError)) throw error
        onDamaged(hour, error)
      }
    }
  }
  return manifests
}

/** A file of the lake, with its stamp where a listing told it. */
type ListedFile = Pick<LakeEntry, 'path' | 'stamp'>

/** Where the manifests of some hours are, for who knows the hours and has not listed. */
export function manifestFiles(hours: readonly Hour[]): ListedFile[] {
  return hours.map(hour => ({ path: manifestPath(hour) }))
}
