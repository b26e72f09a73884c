/** The licenses of what an executable carries, as most of them want to be passed on: word by word. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { LockFile } from './packages.ts'

/** Of a package: which, and the texts that lie in it; [] where none does. */
export interface Licensed {
  name: string
  version: string
  license: string
  texts: readonly string[]
}

const LICENSE_FILE = /^(licen[cs]e|copying|notice)/i

/** Packages of the lock file that are installed in `root` and not for development. */
export async function readLicenses(lock: LockFile, root: string): Promise<Licensed[]> {
  const places = Object.entries(lock.packages).filter(([place, { dev }]) => place !== '' && dev !== true)
  const found = places.map(async ([place, { version, license = 'unknown' }]) => {
    const folder = join(root, place)
    const names = await readdir(folder).catch(() => undefined)
    // of another platform
    if (names === undefined) return []
    const texts = await Promise.all(names.filter(name => LICENSE_FILE.test(name)).map(name => readTexts(folder, name)))
    return [{ name: place.replace(/^.*node_modules\//, ''), version, license, texts: texts.flat().toSorted() }]
  })
  return (await Promise.all(found)).flat()
}

/** @param name of a file, or of a folder of such files */
async function readTexts(folder: string, name: string): Promise<string[]> {
  const path = join(folder, name)
  const isFolder = (await stat(path)).isDirectory()
  const files = isFolder ? (await readdir(path)).map(inner => join(path, inner)) : [path]
  return Promise.all(files.map(async file => (await readFile(file, 'utf8')).trim()))
}

const LINE = '='.repeat(80)

/** Each text once, below the packages that it is of. @param runtimeVersion of Bun, whose packages have no text */
export function licenseTexts(packages: readonly Licensed[], runtimeVersion: string): string {
  const byText = Map.groupBy(
    packages.flatMap(licensed => licensed.texts.map(text => ({ licensed, text }))),
    ({ text }) => text,
  )
  const chapters = [...byText].map(([text, holders]) => {
    return `${LINE}\n${holders.map(({ licensed }) => titleOf(licensed)).join('\n')}\n${LINE}\n\n${text}\n`
  })
  const silent = packages.filter(({ texts }) => texts.length === 0).map(titleOf)
  const rest = silent.length === 0 ? [] : [`${LINE}\n${silent.join('\n')}\n(without a text of their own)\n${LINE}\n`]
  return [
    'twdw carries the following; each comes under its own license.\n',
    [
      `Bun ${runtimeVersion}, the runtime: MIT. It has linked in JavaScriptCore (LGPL-2.0-or-later) and other libraries; texts and`,
      'sources: https://bun.com/docs/project/license and https://github.com/oven-sh/bun\n',
    ].join('\n'),
    ...chapters,
    ...rest,
  ].join('\n')
}

function titleOf({ name, version, license }: Licensed): string {
  return `${name} ${version}: ${license}`
}
