/** A lake in memory, faithful to the contract down to its failures. */
import { AlreadyThere, TwdwError } from '../../src/lib/errors.ts'
import type { Lake } from '../../src/lib/io/lake.ts'

export interface MemoryLake extends Lake {
  /** what lies in it, by path */
  readonly files: Map<string, Uint8Array>
  /** writes and removals so far, those that failed included */
  changes: number
  /** the write or removal that fails (1 is the first), and all after it: the disk is full, the machine is off */
  failsFrom: number
  /** the paths of the changes, in order: `+path` written, `-path` removed */
  readonly history: string[]
  /** the same lake for somebody else */
  door(holder: string): Lake
}

export function createMemoryLake(files: Iterable<[string, Uint8Array]> = []): MemoryLake {
  const stored = new Map(files)
  const locks = new Map<string, string>()

  function change(sign: '+' | '-', path: string, act: () => void): void {
    lake.changes += 1
    if (lake.changes >= lake.failsFrom) {
      throw new TwdwError('E_LAKE', `${path} cannot be written: the memory is full`, { hint: 'make room' })
    }
    lake.history.push(sign + path)
    act()
  }

  function lockAs(holder: string, name: string): () => Promise<void> {
    const held = locks.get(name)
    if (held !== undefined) throw new TwdwError('E_LAKE', `memory/_locks/${name} is held by ${held}`)
    locks.set(name, holder)
    let isHeld = true
    return async () => {
      if (isHeld) locks.delete(name)
      isHeld = false
    }
  }

  const lake: MemoryLake = {
    url: 'memory',
    isFar: false,
    folder: 'memory',
    files: stored,
    changes: 0,
    failsFrom: Number.POSITIVE_INFINITY,
    history: [],
    async list(prefix) {
      const isShown = (path: string) => path.startsWith(prefix) && (!path.startsWith('_') || prefix.startsWith('_'))
      const paths = [...stored.keys()].filter(isShown).sort()
      return paths.map(path => ({ path, bytes: stored.get(path)!.length }))
    },
    async names(folder) {
      const inside = [...stored.keys()].filter(path => path.startsWith(folder)).map(path => path.slice(folder.length))
      return [...new Set(inside.map(path => path.replace(/\/.*/, '/')))]
    },
    read: async path => stored.get(path)?.slice(),
    readListed: entries => Promise.all(entries.map(({ path }) => lake.read(path))),
    async open(path) {
      const bytes = stored.get(path)
      if (bytes === undefined) return undefined
      return { length: bytes.length, read: async (from, to) => bytes.slice(from, to), close: async () => undefined }
    },
    write: async (path, bytes) => change('+', path, () => stored.set(path, bytes.slice())),
    async writeAll(files) {
      for (const { path, bytes } of files) await lake.write(path, bytes)
    },
    async writeNew(path, bytes) {
      const there = stored.get(path)
      if (there !== undefined && !Buffer.from(there).equals(bytes)) throw new AlreadyThere(`memory/${path}`)
      await lake.write(path, bytes)
    },
    async adopt(files) {
      for (const { from, path } of files) {
        const bytes = stored.get(from)
        if (bytes === undefined) throw new TwdwError('E_LAKE', `memory/${from} is not there`)
        await lake.write(path, bytes)
      }
    },
    async holds(path, bytes) {
      const there = stored.get(path)
      return there !== undefined && Buffer.from(there).equals(bytes)
    },
    sameAs: (entry, bytes) => (entry.bytes === bytes.length ? undefined : false),
    remove: async path => change('-', path, () => stored.delete(path)),
    locate: path => `memory/${path}`,
    async stampOf(location) {
      const bytes = stored.get(location.replace(/^memory\//, ''))
      return bytes && String(Bun.hash(bytes))
    },
    bring: async paths => paths.map(lake.locate),
    stampsOf: paths => Promise.all(paths.map(path => lake.stampOf(lake.locate(path)))),
    async settledStamps(paths) {
      const stampOf = (path: string) => String(Bun.hash(stored.get(path)!))
      return paths.map(path => {
        if (!path.endsWith('/')) return stored.has(path) ? stampOf(path) : undefined
        const inside = [...stored.keys()].filter(file => file.startsWith(path)).sort()
        return inside.length === 0 ? undefined : inside.map(file => `${file} ${stampOf(file)}`).join()
      })
    },
    lock: async name => lockAs('somebody', name),
    dropCopies: async () => undefined,
    holderOf: async name => locks.get(name),
    door: holder => ({ ...lake, lock: async name => lockAs(holder, name) }),
  }
  return lake
}
