/** A store tried out: an object is written, read in part, listed, replaced on conditions and removed again, as a lake does it. */
import { randomUUID } from 'node:crypto'
import { TwdwError } from '../../errors.ts'
import type { ObjectStore, Unless } from './object-store.ts'

export interface StoreProbe {
  /** it refuses to write where something is, if it is told to */
  createsOnce: boolean
  /** it refuses to replace another object than the one that is named, if it is told to */
  replacesKnown: boolean
  /** the median of some writes of 64 KB, in milliseconds */
  putMs: number
  /** its clock less ours, to a second; undefined where it does not tell the time */
  skewMs: number | undefined
}

const PUTS = 5
const PUT_BYTES = 65_536
const OTHER_ETAG = '00000000000000000000000000000000'

/** @throws TwdwError E_REFUSED, E_LAKE, E_USAGE with what the store did not do */
export async function probeStore(store: ObjectStore): Promise<StoreProbe> {
  // no listing of a lake shows it
  const key = `_doctor/${randomUUID()}`
  const bytes = crypto.getRandomValues(new Uint8Array(PUT_BYTES))
  try {
    const times: number[] = []
    let etag = ''
    for (let i = 0; i < PUTS; i++) {
      const startMs = performance.now()
      const before = etag
      // other bytes each time
      bytes[0] = i
      etag = (await store.put(key, bytes)) as string
      times.push(performance.now() - startMs)
      if (etag === before) throw cannot('gives files of other bytes one ETag')
    }
    const read = await store.getRange(key, 10, 20, etag)
    if (read === 'replaced' || !Buffer.from(read).equals(bytes.subarray(10, 20))) {
      throw cannot('gives back something else than was written')
    }
    const { objects } = await store.listPage(key, {})
    if (!objects.some(object => object.key === key && object.etag === etag)) {
      throw cannot('does not list what was just written')
    }
    const createsOnce = await refuses(store, key, bytes, { ifAbsent: true })
    const replacesKnown = await refuses(store, key, bytes, { ifIs: OTHER_ETAG })
    const now = (await store.head(key))?.etag ?? ''
    const isReplaced = replacesKnown && (await store.put(key, bytes, { ifIs: now })) !== 'unmet'
    const putMs = times.sort((a, b) => a - b)[Math.floor(PUTS / 2)] ?? 0
    await store.remove(key)
    return { createsOnce, replacesKnown: isReplaced, putMs, skewMs: store.skewMs() }
  } catch (error) {
    await store.remove(key).catch(() => undefined)
    throw error
  }
}

/** @param what it does */
function cannot(what: string): TwdwError {
  return new TwdwError('E_LAKE', `the store ${what}`, { hint: 'it cannot keep a lake; use another one' })
}

async function refuses(store: ObjectStore, key: string, bytes: Uint8Array, unless: Unless): Promise<boolean> {
  try {
    return (await store.put(key, bytes, unless)) === 'unmet'
  } catch (error) {
    // it says so itself
    if (error instanceof TwdwError && (error.cause as Error | undefined)?.name === 'NotImplemented') return false
    throw error
  }
}
