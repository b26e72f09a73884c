/** A folder for one test, gone afterwards whatever happened. */
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export async function withTempFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await makeTempFolder()
  try {
    return await work(folder.path)
  } finally {
    await folder.remove()
  }
}

/** The same for all tests of a file, in its `beforeAll` and `afterAll`. */
export async function makeTempFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(await realpath(tmpdir()), 'twdw-test-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}
