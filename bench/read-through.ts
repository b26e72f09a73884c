/** Files that are to lie in memory when they are measured upon: they may have been made days ago. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** @param path of a file, or of a folder with all below it */
export async function readThrough(path: string): Promise<void> {
  const isFolder = (await stat(path)).isDirectory()
  const entries = isFolder ? await readdir(path, { recursive: true, withFileTypes: true }) : []
  const files = isFolder
    ? entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
    : [path]
  for (const file of files) for await (const _ of Bun.file(file).stream());
}
