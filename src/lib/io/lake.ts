/**
 * The contract of a lake: bytes at paths below one root, a folder or a bucket prefix.
 *
 * It knows no tweet and no Parquet. `test/io/lake.contract.ts` says when an implementation is done.
 */
import type { TwdwError } from '../errors.ts'

/** `path` is relative to the root, with `/` between its parts. */
export interface LakeEntry {
  path: string
  bytes: number
  /** what tells it from one that replaces it, where a listing knows */
  stamp?: string | undefined
}

/** A file that is to be written. */
export interface LakeFile {
  path: string
  bytes: Uint8Array
}

/** A file of another program. */
export interface AdoptedFile {
  /** where it is, a path of the lake */
  from: string
  path: string
}

/** A file that is read part by part; closed by whoever opened it. */
export interface OpenFile {
  /** in bytes */
  readonly length: number
  /** Half-open, in bytes; cut off where the file ends. @throws TwdwError E_LAKE */
  read(from: number, to: number): Promise<Uint8Array>
  /** Never rejects. */
  close(): Promise<void>
}

/** Gives the lock back. Calling it twice is harmless. */
export type Release = () => Promise<void>

export interface LockOptions {
  /**
   * Told when somebody else holds it though it was not released: this process gave no sign for too long. Left out, whatever
   * is written or removed through this lake from then on is refused with E_LAKE.
   */
  onLost?: (why: TwdwError) => void
  /** aborts when the lock is not wanted any more */
  signal?: AbortSignal | undefined
}

/** Every function rejects with TwdwError E_LAKE when the store cannot be reached, read or written. */
export interface Lake {
  /** as the user named it, for messages */
  readonly url: string
  /** each request takes a while and costs something, and listings tell stamps: whoever can ask once for many does */
  readonly isFar: boolean
  /** absolute folder of this machine below which `bring` has files */
  readonly folder: string
  /**
   * Files whose path starts with `prefix`, sorted by path; [] where there is none. Files being written are never listed, and those of a
   * top folder that begins with `_` only where the prefix names it.
   */
  list(prefix: string): Promise<LakeEntry[]>
  /** Names directly in a folder, in no order, those of folders with `/` behind; [] where there is none. @param folder ends in `/` */
  names(folder: string): Promise<string[]>
  /** The whole file; undefined where there is none. */
  read(path: string): Promise<Uint8Array | undefined>
  /**
   * The same of files as a listing showed them, or as they are by now; undefined for those that are gone. Where the lake is far
   * those that were read before are not asked for again.
   */
  readListed(entries: readonly Pick<LakeEntry, 'path' | 'stamp'>[]): Promise<(Uint8Array | undefined)[]>
  /**
   * The file that is there now; undefined where there is none. Where one that replaced it makes the rest unreadable, reading
   * rejects with E_LAKE rather than give bytes of another file.
   */
  open(path: string): Promise<OpenFile | undefined>
  /**
   * Put a file in the place of whatever was there. A reader sees the old file or the new one, never half of
   * one and never both; when the promise resolves the new one survives a power cut. On failure nothing changed.
   */
  write(path: string, bytes: Uint8Array): Promise<void>
  /**
   * The same with several files, in their order: a reader who sees one of them sees those before it. Sooner done than one by one.
   * On failure some of the first ones may be there.
   */
  writeAll(files: readonly LakeFile[]): Promise<void>
  /**
   * Write a file where there is none; bytes that are there already are no error.
   * @throws AlreadyThere (E_LAKE) when somebody has put another file there, which stays
   */
  writeNew(path: string, bytes: Uint8Array): Promise<void>
  /**
   * Files that another program has written below `_scratch/` take their places, in no order; each as `write` puts its own. Their bytes do
   * not come to this machine where the store can do without. What they were may be there or gone afterwards.
   * @throws TwdwError E_LAKE also when one of them is not there; some may have their places then
   */
  adopt(files: readonly AdoptedFile[]): Promise<void>
  /** Remove a file; one that is not there is no error. */
  remove(path: string): Promise<void>
  /** Whether the file is there and has exactly these bytes; asks for as little as the store needs to be sure. */
  holds(path: string, bytes: Uint8Array): Promise<boolean>
  /** Whether a listed file has exactly these bytes, as far as the listing tells; asks for nothing. undefined where it does not tell. */
  sameAs(entry: LakeEntry, bytes: Uint8Array): boolean | undefined
  /** The file's full name, for messages. */
  locate(path: string): string
  /**
   * Where programs of this machine open the files, such as a SQL engine; of a far lake they are brought first. One that is not
   * there has a place all the same, where nothing is.
   */
  bring(paths: readonly string[]): Promise<string[]>
  /** What tells a file from one that replaces it, even one as long; undefined where there is none. @param location as `bring` gave it */
  stampOf(location: string): Promise<string | undefined>
  /** The same of files of the lake, in their order. */
  stampsOf(paths: readonly string[]): Promise<(string | undefined)[]>
  /**
   * What is another one when a file was replaced, or when one directly in a folder came, went or was replaced: whoever kept what
   * was read need not read it again while the stamp is the same. undefined where there is no such path, where it changed so
   * lately that another change might not show, and for folders of a store that has none.
   * @param paths of files, and of folders with `/` behind
   */
  settledStamps(paths: readonly string[]): Promise<(string | undefined)[]>
  /**
   * Become the only holder of `name` until released or until this process dies, however it dies; where the lake is far, until some
   * time after that.
   * @throws TwdwError E_LAKE at once, saying who holds it, when somebody does; E_INTERRUPTED where one that seems to be dead was
   * waited for and the signal aborted
   */
  lock(name: string, about?: LockOptions): Promise<Release>
  /** What is kept on this machine of the files of a far lake goes: it may be of what was removed there. */
  dropCopies(): Promise<void>
  /** Who holds `name`, without taking it; undefined when nobody does, as far as can be seen from here. */
  holderOf(name: string): Promise<string | undefined>
}
