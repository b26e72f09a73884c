import { describe, expect, it } from 'vitest'
import { TwdwError } from '../../src/lib/errors.ts'
import { readAnew } from '../../src/lib/listen/settings-anew.ts'
import { list, parseText, word } from '../../src/lib/settings.ts'
import { memoryLog } from '../support/memory-log.ts'

const OPTIONS = {
  tags: list(parseText, { describe: 'tags' }),
  maxUsd: word(parseText, { describe: 'a cap' }),
}
const before = { tags: ['a'], maxUsd: undefined as string | undefined, derived: 1 }

async function read(after: typeof before | Error) {
  const log = memoryLog()
  const plan = await readAnew(before, OPTIONS, {
    log,
    async read() {
      if (after instanceof Error) throw after
      return after
    },
  })
  return { plan, told: log.told.map(({ level, sentence }) => `${level}: ${sentence}`) }
}

describe('settings read again', () => {
  it('are handed on', async () => {
    const after = { ...before, tags: ['b'], derived: 2 }
    expect(await read(after)).toEqual({ plan: after, told: ['info: reading the settings again'] })
  })

  it('are handed on with a warning about those that need a restart', async () => {
    expect((await read({ ...before, maxUsd: '5' })).told).toEqual([
      'info: reading the settings again',
      'warn: max-usd: changed in the settings, and to take hold of it takes a restart',
    ])
  })

  it('are left with one warning when they are faulty', async () => {
    expect(await read(new TwdwError('E_USAGE', 'not a hashtag: "1": it has no letter'))).toEqual({
      plan: undefined,
      told: ['warn: the new settings are not used: not a hashtag: "1": it has no letter'],
    })
  })

  it('do not hide a bug', async () => {
    await expect(read(new TypeError('x is not a function'))).rejects.toThrow(TypeError)
  })
})
