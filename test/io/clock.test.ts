import { afterEach, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/lib/io/clock.ts'

const DAY_MS = 86_400_000

afterEach(() => {
  vi.useRealTimers()
})

/** Whether a sleep is over after so long. */
async function isAwakeAfter(ms: number, passedMs: number): Promise<boolean> {
  vi.useFakeTimers()
  let isAwake = false
  void systemClock.sleep(ms).then(() => {
    isAwake = true
  })
  await vi.advanceTimersByTimeAsync(passedMs)
  return isAwake
}

it.each([1_000, DAY_MS, 2 ** 31 - 1, 2 ** 31, 30 * DAY_MS, 90 * DAY_MS])(
  'sleeps for %i ms, and no longer',
  async ms => {
    expect(await isAwakeAfter(ms, ms - 1)).toBe(false)
    expect(await isAwakeAfter(ms, ms)).toBe(true)
  },
)

it('wakes when it is told to, however long it was to be', async () => {
  const wake = new AbortController()
  const slept = systemClock.sleep(60 * DAY_MS, wake.signal)
  wake.abort()
  await slept
  await systemClock.sleep(60 * DAY_MS, wake.signal)
})
