/**
 * A lake in an object store.
 *
 * A file is an object, written by one PUT or one completed upload, so a reader sees the old one or the new one. What programs of
 * this machine read of it are copies named by ETag. Nothing is asked for before the first call, and then only what must be.
 */
import { join, relative } from 'node:path'
import { AlreadyThere, TwdwError } from '../../errors.ts'
import type { Clock } from '../clock.ts'
import { holderText } from '../holder.ts'
import type { Lake, LakeEntry, LakeFile, OpenFile } from '../lake.ts'
import { side } from '../side.ts'
import { type Copies, openCopies } from './copies.ts'
import { openKeptPromise } from './kept-promise.ts'
import { holderOfLease, type Lease, type LeaseTimes, takeLease } from './lease.ts'
import { findObjects, listAll, listFolder } from './listing.ts'
import type { ObjectStore, StoredObject } from './object-store.ts'
import { type S3Access, s3PlaceOf } from './place.ts'
import { openS3Store } from './store.ts'
import { etagOfBytes } from './writes.ts'

/** How the store is reached, and who does. */
export interface S3LakeOptions extends S3Access {
  clock: Clock
  /** who locks, for the sentence that a second one gets */
  holder: string
  warn(sentence: string): void
  /** for tests, which need not wait long */
  leaseTimes?: LeaseTimes
}

/** @param url as `s3://bucket/prefix` */
export function openS3Lake(url: string, options: S3LakeOptions): Lake {
  const place = s3PlaceOf(url)
  if (place === undefined) throw new Error(`no place in S3: ${url}`)
  return lakeInStore(url, openS3Store(place, options), options)
}

/** Files that are brought at a time. */
const DOWNLOADS_AT_A_TIME = 16
/** Objects that the store copies at a time. */
const COPIES_AT_A_TIME = 8
/** Fewer are asked for one by one, with the ETag that is known: a page of a listing costs as much. */
const MIN_LISTED = 12

/** The same over any store that keeps what `ObjectStore` says. */
export function lakeInStore(url: string, store: ObjectStore, options: S3LakeOptions): Lake {
  let opened: Copies | undefined
  const copies = () => {
    opened ??= openCopies(options.cacheFolder, options.clock.nowMs)
    return opened
  }
  const locate = (path: string) => `${url}/${path}`
  return {
    url,
    isFar: true,
    get folder() {
      return copies().folder
    },
    async list(prefix) {
      const objects = await listAll(store, prefix)
      return objects.flatMap(object => (isOwn(object.key) && !isOwn(prefix) ? [] : [entryOf(object)]))
    },
    async names(folder) {
      const { objects, folders } = await listFolder(store, folder)
      return [...folders, ...objects.map(({ key }) => key)]
        .filter(key => !isOwn(key))
        .map(key => key.slice(folder.length))
    },
    read: async path => (await store.get(path))?.bytes,
    readListed: entries => side(entries, DOWNLOADS_AT_A_TIME, entry => readListed(entry, store, copies())),
    open: path => openRanges(path, locate(path), store),
    ...writesUnderLeases(locate, store, options),
    async holds(path, bytes) {
      const there = await store.head(path)
      if (there === undefined || there.bytes !== bytes.length) return false
      if (there.etag === etagOfBytes(bytes)) return true
      // stores that encrypt with a key of one's own have other ETags
      const read = await store.get(path)
      return read !== undefined && Buffer.from(read.bytes).equals(bytes)
    },
    sameAs(entry, bytes) {
      if (entry.bytes !== bytes.length) return false
      return entry.stamp === etagOfBytes(bytes) ? true : undefined
    },
    locate,
    bring: paths => bringAll(paths, store, copies()),
    async stampOf(location) {
      // the ETag is in its name, and what is under a name never changes
      return (await Bun.file(location).exists()) ? relative(copies().folder, location) : undefined
    },
    async stampsOf(paths) {
      return (await findObjects(store, paths)).map(object => object?.etag)
    },
    async settledStamps(paths) {
      const files = paths.filter(path => !path.endsWith('/'))
      const found = new Map((await findObjects(store, files)).map((object, i) => [files[i], object?.etag]))
      return paths.map(path => found.get(path))
    },
    dropCopies: () => copies().clear(),
  }
}

/** Who gave no sign for too long must not write over what another one does, nor be still writing when that one begins. */
function writesUnderLeases(
  locate: (path: string) => string,
  store: ObjectStore,
  { clock, holder, cacheFolder, warn, leaseTimes }: S3LakeOptions,
): Pick<Lake, 'write' | 'writeAll' | 'writeNew' | 'adopt' | 'remove' | 'lock' | 'holderOf'> {
  const leases = new Set<Lease>()
  const promise =
    cacheFolder === undefined ? undefined : openKeptPromise(join(cacheFolder, 'writes-on-conditions'), clock.nowMs)
  const leaseKey = (name: string) => `_locks/${name}.json`

  function whileHeld<T>(work: (signal?: AbortSignal) => Promise<T>): Promise<T> {
    const [lease] = leases
    return lease === undefined ? work() : lease.whileHeld(work)
  }

  async function write(path: string, bytes: Uint8Array): Promise<void> {
    await whileHeld(signal => store.put(path, bytes, undefined, signal))
  }

  return {
    write,
    async writeAll(files: readonly LakeFile[]) {
      for (const { path, bytes } of files) await write(path, bytes)
    },
    async writeNew(path, bytes) {
      if ((await whileHeld(signal => store.put(path, bytes, { ifAbsent: true }, signal))) !== 'unmet') return
      // the answer to a write that was done may have been lost, and the write tried again
      const there = await store.get(path)
      if (there === undefined || !Buffer.from(there.bytes).equals(bytes)) throw new AlreadyThere(locate(path))
    },
    async adopt(files) {
      await side(files, COPIES_AT_A_TIME, ({ from, path }) => whileHeld(signal => store.copy(from, path, signal)))
    },
    async remove(path) {
      await whileHeld(signal => store.remove(path, signal))
    },
    async lock(name, { onLost, signal } = {}) {
      const lease = await takeLease(store, leaseKey(name), locate(leaseKey(name)), {
        holder: holderText(holder, clock.nowMs()),
        clock,
        onLost: onLost ?? (() => undefined),
        promise,
        warn,
        signal,
        ...(leaseTimes !== undefined && { times: leaseTimes }),
      })
      if (onLost === undefined) leases.add(lease)
      return async () => {
        leases.delete(lease)
        await lease.release()
      }
    },
    holderOf: name => holderOfLease(store, leaseKey(name)),
  }
}

/** Leases and what is tried out: no files of the lake. */
function isOwn(key: string): boolean {
  return key.startsWith('_')
}

function entryOf({ key, bytes, etag }: StoredObject): LakeEntry {
  return { path: key, bytes, stamp: etag }
}

async function readListed(
  { path, stamp }: Pick<LakeEntry, 'path' | 'stamp'>,
  store: ObjectStore,
  copies: Copies,
): Promise<Uint8Array | undefined> {
  const kept = stamp === undefined ? undefined : await copies.read(path, stamp)
  if (kept !== undefined) return kept
  const found = await store.get(path)
  if (found === undefined) return undefined
  const keeping = copies.make(path, async unfinished => {
    await Bun.write(unfinished, found.bytes)
    return found.etag
  })
  // without a copy, as on a full disk, it is only asked for again the next time
  await keeping.catch(() => undefined)
  return found.bytes
}

/** Many are found by listing, and of those only what is new is asked for; few are asked for at once, unless they are the same. */
async function bringAll(paths: readonly string[], store: ObjectStore, copies: Copies): Promise<string[]> {
  if (paths.length < MIN_LISTED) return side(paths, DOWNLOADS_AT_A_TIME, path => bringUnlessSame(path, store, copies))
  const found = await findObjects(store, paths)
  const known = paths.map((path, i) => ({ path, etag: found[i]?.etag }))
  return side(known, DOWNLOADS_AT_A_TIME, async ({ path, etag }) => {
    if (etag === undefined) return nowhere(path, copies)
    if (copies.has(path, etag)) return copies.locate(path, etag)
    return (await download(path, undefined, store, copies)) ?? nowhere(path, copies)
  })
}

async function bringUnlessSame(path: string, store: ObjectStore, copies: Copies): Promise<string> {
  const newest = await copies.newest(path)
  return (await download(path, newest, store, copies)) ?? nowhere(path, copies)
}

async function download(
  path: string,
  knownEtag: string | undefined,
  store: ObjectStore,
  copies: Copies,
): Promise<string | undefined> {
  let isSame = false
  const made = await copies.make(path, async unfinished => {
    const got = await store.download(path, knownEtag, () => unfinished)
    isSame = got === 'same'
    return got === 'same' ? undefined : got?.etag
  })
  if (!isSame || knownEtag === undefined) return made
  // another process may have removed it while the store was asked
  if (copies.has(path, knownEtag)) return copies.locate(path, knownEtag)
  return download(path, undefined, store, copies)
}

/** A place where there is never a file: whoever opens it says that it is gone. */
function nowhere(path: string, copies: Copies): string {
  return join(copies.folder, '_gone', path)
}

/** A file that ends within its last bytes is there whole with the first request; of a larger one these hold its outline. */
const TAIL_BYTES = 1 << 20
/** What is read of a larger one beside its end: columns stand one behind the other, and some of them are asked for. */
const BLOCK_BYTES = 4 << 20

async function openRanges(path: string, url: string, store: ObjectStore): Promise<OpenFile | undefined> {
  const tail = await store.getTail(path, TAIL_BYTES)
  if (tail === undefined) return undefined
  const { length, etag } = tail
  const tailStart = length - tail.bytes.length
  const blocks = new Map<number, Promise<Uint8Array>>()

  function block(n: number): Promise<Uint8Array> {
    const known = blocks.get(n)
    if (known !== undefined) return known
    const from = n * BLOCK_BYTES
    const asked = store.getRange(path, from, Math.min(from + BLOCK_BYTES, tailStart), etag).then(bytes => {
      if (bytes !== 'replaced') return bytes
      throw new TwdwError('E_LAKE', `${url} was replaced while it was read`, { hint: 'run it again' })
    })
    blocks.set(n, asked)
    return asked
  }

  return {
    length,
    async read(from, to) {
      const end = Math.min(to, length)
      if (from >= end) return new Uint8Array()
      const parts: Uint8Array[] = []
      for (let at = from; at < Math.min(end, tailStart); ) {
        const n = Math.floor(at / BLOCK_BYTES)
        const bytes = await block(n)
        const part = bytes.subarray(at - n * BLOCK_BYTES, Math.min(end, tailStart) - n * BLOCK_BYTES)
        parts.push(part)
        at += part.length
      }
      if (end > tailStart) parts.push(tail.bytes.subarray(Math.max(0, from - tailStart), end - tailStart))
      return parts.length === 1 ? parts[0]! : new Uint8Array(Buffer.concat(parts))
    },
    close: async () => blocks.clear(),
  }
}
