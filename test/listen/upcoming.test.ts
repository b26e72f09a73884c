import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/io/clock.ts'
import { Upcoming } from '../../src/lib/listen/upcoming.ts'
import { fixedClock } from '../support/fixed-clock.ts'

describe('something that will come', () => {
  it('is waited for a while at a time, and no longer than it takes', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const upcoming = new Upcoming(promise)
    const clock = fixedClock()
    expect([await upcoming.within(200, clock), await upcoming.within(200, clock)]).toEqual([false, false])
    expect(clock.slept).toEqual([200, 200])
    // an hour that ends at once
    const waiting = upcoming.within(3_600_000, systemClock)
    resolve('here')
    expect(await waiting).toBe(true)
    expect(await upcoming.within(200, clock)).toBe(true)
    expect(clock.slept).toEqual([200, 200])
    expect(await upcoming.value).toBe('here')
  })

  it('has come when it has failed, and then says for what', async () => {
    const upcoming = new Upcoming(Promise.reject(new Error('no')))
    expect(await upcoming.within(3_600_000, systemClock)).toBe(true)
    await expect(upcoming.value).rejects.toThrow('no')
  })
})
