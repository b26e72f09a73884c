/**
 * Leases: one holder of a name among all machines that reach a store.
 *
 * A lease is an object that is written only where none is, and renewed only where it is still the one that was written
 * before. How old it is, the store's own clock tells on both sides, so that clocks of machines may differ. Who dies leaves it
 * behind; after its time anybody may take it over.
 */
import { randomUUID } from 'node:crypto'
import { TwdwError } from '../../errors.ts'
import type { Clock } from '../clock.ts'
import type { KeptPromise } from './kept-promise.ts'
import type { ObjectStore } from './object-store.ts'

export interface Lease {
  /**
   * Do something that nobody may do who does not hold it: its signal aborts while it is certain that nobody else does.
   * @throws TwdwError E_LAKE when somebody else has it by now, or may have, or that cannot be found out
   */
  whileHeld<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** Calling it twice is harmless; never rejects: what stays behind runs out. */
  release(): Promise<void>
}

export interface LeaseOptions {
  /** who takes it, for the sentence that a second one gets */
  holder: string
  clock: Clock
  /** called once when somebody else has taken it over */
  onLost(why: TwdwError): void
  /** whether the store kept its promise lately, and need not be tried out */
  promise?: KeptPromise | undefined
  /** told when the store does not keep its promise, and two machines could hold one name; and whom it waits for */
  warn(sentence: string): void
  /** aborts when it is not wanted any more; who waits for somebody dead then ends */
  signal?: AbortSignal | undefined
  /** times; those of production when left out */
  times?: LeaseTimes
}

export interface LeaseTimes {
  /** after so long without a sign of its holder a lease is anybody's */
  leaseMs: number
  renewMs: number
  /** a holder that is so late with a sign is taken for dead, and waited for */
  lateMs: number
}

/** A listener writes 2,880 of them a day, for 1.4 cents at list price. */
const TIMES: LeaseTimes = { leaseMs: 90_000, renewMs: 30_000, lateMs: 45_000 }

/** The share of a lease's time after which nothing is written any more: what is on its way then arrives in the rest. */
const SAFE_SHARE = 5 / 6

interface LeaseText {
  holder: string
  id: string
  leaseMs: number
  renewals: number
}

type Store = Pick<ObjectStore, 'get' | 'put' | 'remove'>

/** Who wants a lease, and of which object. */
interface Taker {
  store: Store
  key: string
  /** for messages */
  url: string
  id: string
  holder: string
  times: LeaseTimes
  clock: Clock
  promise?: KeptPromise | undefined
  warn(sentence: string): void
  signal?: AbortSignal | undefined
}

/** @throws TwdwError E_LAKE at once when somebody holds it and is alive, E_REFUSED, E_INTERRUPTED */
export async function takeLease(store: Store, key: string, url: string, options: LeaseOptions): Promise<Lease> {
  const { onLost, times = TIMES } = options
  const taker: Taker = { ...options, store, key, url, id: randomUUID(), times }
  const { clock, id } = taker
  const takenMs = clock.nowMs()
  let etag: string | undefined
  while (etag === undefined) etag = await tryToTake(taker)
  let state = { etag, renewals: 0, renewedMs: takenMs }
  let lost: TwdwError | undefined
  const ending = new AbortController()
  let renewing: Promise<void> | undefined

  async function renew(): Promise<void> {
    const renewedMs = clock.nowMs()
    const put = await store.put(key, leaseBytes(taker, state.renewals + 1), { ifIs: state.etag })
    // what was written while its answer was lost is ours
    const there = put === 'unmet' ? await readLease(store, key) : { id, etag: put }
    if (there?.id === id && there.etag === state.etag) throw notRenewed(url)
    if (there?.id === id) {
      state = { etag: there.etag, renewals: state.renewals + 1, renewedMs }
      return
    }
    lost = lostTo(url, there)
    onLost(lost)
    ending.abort()
    throw lost
  }

  function renewOnce(): Promise<void> {
    renewing ??= renew().finally(() => {
      renewing = undefined
    })
    return renewing
  }

  async function keep(): Promise<void> {
    for (;;) {
      await clock.sleep(times.renewMs, ending.signal)
      if (ending.signal.aborted) return
      // a store that cannot be reached is asked again; whoever writes meanwhile asks for itself
      await renewOnce().catch(() => undefined)
    }
  }
  void keep()

  /** In good time before anybody else may take it. @param done aborts when nobody waits for that any more */
  async function expires(done: AbortSignal): Promise<void> {
    for (;;) {
      const leftMs = state.renewedMs + times.leaseMs * SAFE_SHARE - clock.nowMs()
      if (leftMs <= 0 || lost !== undefined || done.aborted) return
      await clock.sleep(leftMs, done)
    }
  }

  return {
    async whileHeld(work) {
      if (lost !== undefined) throw lost
      if (clock.nowMs() - state.renewedMs > times.leaseMs - times.renewMs) await renewOnce()
      const [late, done] = [new AbortController(), new AbortController()]
      void expires(done.signal).then(() => done.signal.aborted || late.abort())
      try {
        return await work(late.signal)
      } catch (cause) {
        if (late.signal.aborted) throw lost ?? givenUp(url, cause)
        throw cause
      } finally {
        done.abort()
      }
    },
    async release() {
      if (ending.signal.aborted) return
      ending.abort()
      await renewing?.catch(() => undefined)
      try {
        if ((await readLease(store, key))?.id === id) await store.remove(key)
      } catch {}
    },
  }
}

/** @returns its ETag; undefined: look again. @throws TwdwError E_LAKE when somebody holds it and is alive */
async function tryToTake(taker: Taker): Promise<string | undefined> {
  const { store, key, times, clock } = taker
  const there = await readLease(store, key)
  if (there === undefined) {
    const put = await store.put(key, leaseBytes(taker, 0), { ifAbsent: true })
    return put === 'unmet' ? undefined : probed(put, taker)
  }
  // the answer to what was written was lost, and it was tried again
  if (there.id === taker.id) return there.etag
  const leftMs = there.leaseMs - there.ageMs
  if (leftMs > 0) {
    if (there.ageMs < times.lateMs) throw heldBy(taker.url, there)
    taker.warn(
      `${taker.url} is held by ${there.holder}, which gave no sign for ${seconds(there.ageMs)} s: waiting ${seconds(leftMs)} s at most`,
    )
    await clock.sleep(leftMs + 1_000, taker.signal)
    if (taker.signal?.aborted) throw new TwdwError('E_INTERRUPTED', `stopped while waiting for ${taker.url}`)
    return undefined
  }
  const put = await store.put(key, leaseBytes(taker, 0), { ifIs: there.etag })
  return put === 'unmet' ? undefined : put
}

/** A store that writes again where something is does not know the condition. @returns the ETag of what is there now */
async function probed(put: string, taker: Taker): Promise<string> {
  if (await taker.promise?.isKept()) return put
  const again = await taker.store.put(taker.key, leaseBytes(taker, 0), { ifAbsent: true })
  if (again === 'unmet') {
    await taker.promise?.keep()
    return put
  }
  taker.warn(
    `the store writes over what is there though it is told not to: nothing keeps a second machine from ${taker.url}; have one only`,
  )
  return again
}

/** Who holds a lease now; undefined where nobody does. */
export async function holderOfLease(store: Pick<ObjectStore, 'get'>, key: string): Promise<string | undefined> {
  const there = await readLease(store, key)
  return there === undefined || there.ageMs > there.leaseMs ? undefined : there.holder
}

async function readLease(
  store: Pick<ObjectStore, 'get'>,
  key: string,
): Promise<(LeaseText & { etag: string; ageMs: number }) | undefined> {
  const found = await store.get(key)
  if (found === undefined) return undefined
  const { bytes, etag, ageMs } = found
  return { ...parseLease(new TextDecoder().decode(bytes)), etag, ageMs }
}

/** What is no lease is one of somebody unknown, for as long as ours are. */
function parseLease(text: string): LeaseText {
  const unknown: LeaseText = { holder: 'somebody', id: '', leaseMs: TIMES.leaseMs, renewals: 0 }
  try {
    const { holder, id, leaseMs } = JSON.parse(text) as Partial<LeaseText>
    return {
      ...unknown,
      ...(typeof holder === 'string' && { holder }),
      ...(typeof id === 'string' && { id }),
      ...(typeof leaseMs === 'number' && { leaseMs }),
    }
  } catch {
    return unknown
  }
}

function leaseBytes({ holder, id, times }: Taker, renewals: number): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ holder, id, leaseMs: times.leaseMs, renewals } satisfies LeaseText))
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000)
}

function givenUp(url: string, cause: unknown): TwdwError {
  return new TwdwError(
    'E_LAKE',
    `${url} could not be renewed, and a write was given up before another machine may take it`,
    {
      hint: 'see that the store can be reached; what is not done is done by the next run',
      cause,
    },
  )
}

function heldBy(url: string, { holder, ageMs, leaseMs }: LeaseText & { ageMs: number }): TwdwError {
  return new TwdwError('E_LAKE', `${url} is held by ${holder}, which gave a sign ${seconds(ageMs)} s ago`, {
    hint: `wait until it has ended, or stop it; one that died holds it ${seconds(leaseMs)} s longer at most`,
  })
}

/** Something else was done to it at the same time, and the store chose that. */
function notRenewed(url: string): TwdwError {
  return new TwdwError('E_LAKE', `${url} could not be renewed just now`, { hint: 'run it again' })
}

function lostTo(url: string, there: Partial<LeaseText> | undefined): TwdwError {
  const by = there === undefined ? 'is not held by this process any more' : `is held by ${there.holder} by now`
  return new TwdwError('E_LAKE', `${url} ${by}: this one gave no sign for too long`, {
    hint: 'nothing more is written here; what is not done the other one does, or the next run',
  })
}
