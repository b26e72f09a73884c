/**
 * Packages of other platforms, which `npm ci` leaves out: fetched from the registry in the versions that the lock file has, and
 * taken only when they are, byte for byte, what the lock file says.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BuildError } from '../build.ts'

/** package-lock.json, as far as it is asked. */
export interface LockFile {
  /** by place, such as `node_modules/yargs` */
  packages: Readonly<Record<string, LockedPackage>>
}

export interface LockedPackage {
  version: string
  /** such as `sha512-…`, of the package file */
  integrity?: string
  license?: string
  /** needed by people who work on the program only */
  dev?: true
}

/** @throws BuildError when the lock file does not name it */
export function lockedPackage(lock: LockFile, name: string): LockedPackage & { integrity: string } {
  const locked = lock.packages[`node_modules/${name}`]
  if (locked?.integrity === undefined) throw new BuildError(`package-lock.json has no ${name}`)
  return { ...locked, integrity: locked.integrity }
}

/**
 * Unpack packages into `folder`/node_modules.
 * @param folder of this run alone: nobody checks what lies there already
 * @throws BuildError when one cannot be had, or is another than the lock file's
 */
export async function fetchPackages(lock: LockFile, names: readonly string[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const name of names) {
    const { version, integrity } = lockedPackage(lock, name)
    const path = await fetchPackage(`${name}@${version}`, folder)
    const fault = integrityFault(await readFile(path), integrity)
    if (fault !== undefined) throw new BuildError(`${name}@${version} is not what package-lock.json has: ${fault}`)
    await unpack(path, join(folder, 'node_modules', name))
  }
}

/** npm keeps what it has fetched: a second time it asks nobody. @returns path of the package file */
async function fetchPackage(spec: string, folder: string): Promise<string> {
  const words = ['npm', 'pack', spec, '--prefer-offline', '--json', '--pack-destination', folder]
  const child = Bun.spawn(words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const [answer, complaint] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  if ((await child.exited) !== 0) throw new BuildError(`${spec} cannot be fetched: npm says ${lastLines(complaint)}`)
  const [packed] = Object.values(JSON.parse(answer)) as { filename: string }[]
  if (packed === undefined) throw new BuildError(`${spec} cannot be fetched: npm made no file`)
  return join(folder, packed.filename)
}

function lastLines(text: string): string {
  const lines = text.split('\n').filter(line => line !== '' && !line.includes('A complete log of this run'))
  return lines.slice(0, 3).join('; ') || 'nothing'
}

/** What is wrong with a package file; undefined where it is the one. @param integrity as `sha512-` and base64 */
export function integrityFault(file: Uint8Array, integrity: string): string | undefined {
  const [kind = '', expected = ''] = integrity.split(/-(.*)/s)
  if (kind !== 'sha512') return `${kind || 'nothing'} is no hash that is taken here`
  const found = createHash('sha512').update(file).digest('base64')
  return found === expected ? undefined : `its SHA-512 is ${found}, not ${expected}`
}

async function unpack(path: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const child = Bun.spawn(['tar', '-xzf', path, '-C', folder, '--strip-components=1', '--no-same-owner'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const complaint = await new Response(child.stderr).text()
  if ((await child.exited) !== 0) throw new BuildError(`${path} cannot be unpacked: ${lastLines(complaint)}`)
}
