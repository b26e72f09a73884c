/** The contract of an object store: what S3 promises of single objects, as a record of functions. */

/** An object as a listing shows it. */
export interface StoredObject {
  /** below the lake's prefix */
  key: string
  bytes: number
  /** without its quotes; another one whenever the object was replaced */
  etag: string
}

/** A page of a listing. */
export interface ListPage {
  objects: StoredObject[]
  /** what begins alike up to the delimiter, which stands at its end; [] without one */
  folders: string[]
  /** where the next page goes on; undefined: this is the last */
  next: string | undefined
}

/** What must hold for a write: nothing is there, or the object that has this ETag. */
export type Unless = { ifAbsent: true } | { ifIs: string }

/** Keys are below the lake's prefix. Every function rejects with TwdwError E_REFUSED, E_LAKE or E_USAGE for what is wrong. */
export interface ObjectStore {
  /** @returns undefined where there is none */
  get(key: string): Promise<{ bytes: Uint8Array; etag: string; ageMs: number } | undefined>
  /** Half-open; cut off where the object ends. @returns 'replaced' where it is not the one of the ETag any more */
  getRange(key: string, from: number, to: number, etag: string): Promise<Uint8Array | 'replaced'>
  /** The last bytes, and how many there are in all; undefined where there is no object. */
  getTail(key: string, bytes: number): Promise<{ bytes: Uint8Array; length: number; etag: string } | undefined>
  /**
   * Into a file that is made for it, which is there only if all of it is.
   * @param knownEtag of a copy that is there: 'same' is then an answer, too
   * @param locate gives the file's place for the ETag that the object has
   */
  download(key: string, knownEtag: string | undefined, locate: (etag: string) => string): Promise<Downloaded>
  head(key: string): Promise<StoredObject | undefined>
  /** @returns the ETag of what was put, or 'unmet' where the condition did not hold: nothing was written then */
  put(key: string, bytes: Uint8Array, unless?: Unless, signal?: AbortSignal): Promise<string | 'unmet'>
  /** The store does it by itself. @throws E_LAKE also where there is no such object, or one of more than 5 GB */
  copy(from: string, to: string, signal?: AbortSignal): Promise<void>
  /** One that is not there is no error. */
  remove(key: string, signal?: AbortSignal): Promise<void>
  /** @param after keys up to this one are left out, itself included */
  listPage(prefix: string, page: { after?: string; next?: string; delimiter?: '/' }): Promise<ListPage>
  /** Its clock less ours, as its last answer said it; undefined before the first */
  skewMs(): number | undefined
}

/** undefined: there is no such object */
export type Downloaded = { etag: string; bytes: number } | 'same' | undefined
