/** The files of a journal as they lie in its folder: how large, and whether a process appends to them. Nothing is opened. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import { diskError, listFolder } from './local-file.ts'
import { heldFiles } from './lock-probe.ts'

export interface JournalFile {
  /** absolute */
  path: string
  bytes: number
  /** `left`: no process appends to it. `damaged`: what could be read of it is in the lake, and it was set aside */
  is: 'open' | 'left' | 'damaged'
}

/** @param folder absolute; need not exist. @returns oldest first. @throws TwdwError E_LAKE */
export async function listJournalFiles(folder: string): Promise<JournalFile[]> {
  const names = (await listFolder(folder)).map(({ name }) => name).filter(name => /\.journal(\.damaged)?$/.test(name))
  const paths = names.sort().map(name => join(folder, name))
  const sizes = await Promise.all(paths.map(sizeIfThere))
  const held = new Set(await heldFiles(paths))
  return paths.flatMap((path, i) => {
    const bytes = sizes[i]
    if (bytes === undefined) return []
    return { path, bytes, is: path.endsWith('.damaged') ? 'damaged' : held.has(path) ? 'open' : 'left' } as const
  })
}

/** @returns undefined for a file that was published and removed since the folder was read */
async function sizeIfThere(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return undefined
    throw diskError(`${path} cannot be looked at`, cause)
  }
}
