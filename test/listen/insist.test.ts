import { describe, expect, it } from 'vitest'
import { TwdwError } from '../../src/lib/errors.ts'
import { insist } from '../../src/lib/listen/insist.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { memoryLog } from '../support/memory-log.ts'

const paused = () => undefined

const failure = (code: string) =>
  new TwdwError('E_LAKE', `journal x cannot take 10 bytes more: ${code}`, {
    cause: Object.assign(new Error(code), { code }),
  })

/** Fails so many times, then gives `done`. */
function failing(times: number, error: Error) {
  let left = times
  return async () => {
    if (left-- > 0) throw error
    return 'done'
  }
}

describe('insist', () => {
  it('waits until the disk has room, and says when it begins and when it ends to wait', async () => {
    const clock = fixedClock()
    const log = memoryLog()
    const stop = new AbortController().signal
    expect(await insist(failing(3, failure('ENOSPC')), { clock, log, stop, paused })).toBe('done')
    expect(clock.slept).toEqual([1_000, 1_000, 1_000])
    expect(log.sentences()).toEqual([
      'journal x cannot take 10 bytes more: ENOSPC: reading is paused until there is room; X may hang up on a reader that is so slow',
      'the disk has room again after 3 s: reading goes on',
    ])
  })

  it('says nothing where nothing fails', async () => {
    const log = memoryLog()
    expect(
      await insist(failing(0, failure('')), { clock: fixedClock(), log, stop: new AbortController().signal, paused }),
    ).toBe('done')
    expect(log.sentences()).toEqual([])
  })

  it.each(['EIO', 'EROFS'])('does not wait for what no waiting mends: %s', async code => {
    const ports = { clock: fixedClock(), log: memoryLog(), stop: new AbortController().signal, paused }
    await expect(insist(failing(1, failure(code)), ports)).rejects.toMatchObject({ message: /EIO|EROFS/ })
    expect(ports.clock.slept).toEqual([])
  })

  it('tells the failure when it is to stop', async () => {
    const stop = new AbortController()
    const clock = fixedClock()
    const ending = { ...clock, sleep: async () => stop.abort() }
    const ports = { clock: ending, log: memoryLog(), stop: stop.signal, paused }
    await expect(insist(failing(9, failure('EDQUOT')), ports)).rejects.toMatchObject({ code: 'E_LAKE' })
  })
})
