import { describe, expect, it } from 'vitest'
import { LOOK_EVERY_MS, openOccasions } from '../../src/lib/listen/occasions.ts'

const WANTED = [{ value: '#a', tag: 'twdw:lake:a' }]

/** A clock whose sleeps end when the test says so, and a signal that can be raised. */
function openHands(readWanted: () => Promise<typeof WANTED | undefined> = async () => WANTED) {
  const sleeps: { ms: number; end: () => void }[] = []
  let reload: () => void = () => undefined
  const clock = {
    nowMs: () => 0,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>(end => {
        sleeps.push({ ms, end })
        if (signal?.aborted) end()
        signal?.addEventListener('abort', () => end())
      }),
  }
  const occasions = openOccasions({
    clock,
    onReload: listener => {
      reload = listener
    },
    readWanted,
  })
  return { occasions, sleeps, reload: () => reload() }
}

describe('the occasions to look at the rules', () => {
  it('come every ten minutes', async () => {
    const { occasions, sleeps } = openHands()
    const next = occasions(new AbortController().signal).next()
    expect(sleeps.map(({ ms }) => ms)).toEqual([LOOK_EVERY_MS])
    sleeps[0]?.end()
    expect(await next).toEqual({ done: false, value: { why: 'time' } })
  })

  it('come at once when settings are to be read again, also when that was asked before anybody waited', async () => {
    const { occasions, reload } = openHands()
    reload()
    const all = occasions(new AbortController().signal)
    expect(await all.next()).toEqual({ done: false, value: { why: 'settings', wanted: WANTED } })
    const next = all.next()
    reload()
    reload()
    expect(await next).toEqual({ done: false, value: { why: 'settings', wanted: WANTED } })
  })

  it('do not come for settings that cannot be used', async () => {
    const { occasions, sleeps, reload } = openHands(async () => undefined)
    const next = occasions(new AbortController().signal).next()
    reload()
    await expect.poll(() => sleeps.length).toBe(2)
    sleeps[1]?.end()
    expect(await next).toEqual({ done: false, value: { why: 'time' } })
  })

  it('end with the signal', async () => {
    const { occasions } = openHands()
    const stop = new AbortController()
    const next = occasions(stop.signal).next()
    stop.abort()
    expect(await next).toEqual({ done: true, value: undefined })
  })
})
