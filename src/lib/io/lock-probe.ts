/**
 * Who holds a lock, found out without taking it: who only looks must not be in the way of who wants to work.
 *
 * The kernel lists the locks of the processes that this one can see. A process of another container may hold a lock
 * that is not in the list, so "nobody" means nobody here. A file is known by the device of its file system, which on
 * overlays and btrfs is not the one that stat tells, and by its inode.
 */
import { readFile, realpath, stat } from 'node:fs/promises'
import { systemErrorCode } from '../errors.ts'
import { readHolder } from './file-lock.ts'
import { diskError } from './local-file.ts'

/**
 * The holder of a lock of `lockFile`, as the lock names it.
 * @param path absolute
 * @returns undefined when nobody holds it, or it was never made. @throws TwdwError E_LAKE
 */
export async function holderOfLock(path: string): Promise<string | undefined> {
  const held = await heldFiles([path])
  return held.length === 0 ? undefined : readHolder(path)
}

/** Those of the files on which some process has a lock of flock(2). @param paths absolute. @throws TwdwError E_LAKE */
export async function heldFiles(paths: readonly string[]): Promise<string[]> {
  const mounts = await readKernelList('/proc/self/mountinfo')
  const keys = await Promise.all(paths.map(path => keyOf(path, mounts)))
  const locked = lockedKeys(await readKernelList('/proc/locks'))
  return paths.filter((_, i) => locked.has(keys[i] ?? ''))
}

/** `1: FLOCK  ADVISORY  WRITE 4711 fe:00:9979647 0 EOF`, device in hexadecimal; as `254:0 9979647`. */
function lockedKeys(locks: string): Set<string> {
  const found = locks.matchAll(/^\d+: FLOCK .* ([0-9a-f]+):([0-9a-f]+):(\d+) /gm)
  const decimal = (hexadecimal = '') => Number.parseInt(hexadecimal, 16)
  return new Set([...found].map(([, major, minor, inode]) => `${decimal(major)}:${decimal(minor)} ${inode}`))
}

/** @returns undefined where there is no file */
async function keyOf(path: string, mounts: string): Promise<string | undefined> {
  try {
    const { ino } = await stat(path, { bigint: true })
    return `${deviceOf(await realpath(path), mounts)} ${ino}`
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return undefined
    throw diskError(`${path} cannot be looked at`, cause)
  }
}

/** Such as `254:0`, of the last mount that lies over the path; undefined where the kernel does not say. */
function deviceOf(path: string, mounts: string): string | undefined {
  let best = { point: '', device: undefined as string | undefined }
  for (const [, device, escaped = ''] of mounts.matchAll(/^\d+ \d+ (\d+:\d+) \S+ (\S+) /gm)) {
    const point = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    const isAbove = point === '/' || path === point || path.startsWith(`${point}/`)
    if (isAbove && point.length >= best.point.length) best = { point, device }
  }
  return best.device
}

/** '' where the kernel, or the sandbox around it, keeps no such list. */
function readKernelList(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
