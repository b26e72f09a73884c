/** An hour that fails a check, from the front door: nothing of it is published, its keys are told, and the status is 6. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { outcomeOf, SLOW_MS, withMachine } from '../support/executable.ts'
import { REPOSITORY } from '../support/folders.ts'
import { bytesOf } from '../support/killed-consolidate.ts'
import { tweetLine } from '../support/tweet-lines.ts'

const PRELOADED = join(REPOSITORY, 'test/support/a-bug-in-the-star.ts')
const MAIN = join(REPOSITORY, 'src/main.ts')
const BUGGY = '2024-01-01T10'
const OTHER = '2024-01-01T11'

describe('an hour that fails a check', { timeout: SLOW_MS }, () => {
  it('is left as it was, the others are done, and its keys are told', () =>
    withMachine(async machine => {
      const lines = [BUGGY, OTHER].map((hour, n) => tweetLine(`${hour}:00:00.000Z`, n, ['covid19', 'vacina']))
      await machine.twdw(['listen', '--source', 'replay', '--from', '-', '--quiet'], { input: lines.join('\n') })
      // no data makes a check fail, only a bug does: it is put into the sources, and those are run
      const buggy = (...words: string[]) =>
        outcomeOf(
          spawn(process.execPath, ['--preload', PRELOADED, MAIN, 'consolidate', ...words], {
            cwd: machine.folder,
            env: { HOME: join(machine.folder, 'home'), PATH: process.env.PATH ?? '' },
          }),
        )
      const sentence = `hour ${BUGGY} failed the check "aggregates add up to the fact": tag vacina of agg_hashtag_hour, tag vacina of agg_hashtag_user_hour`
      const hint = 'nothing of this hour was published; report it with the layer1 files of the hour, which are unharmed'
      expect(await buggy('--quiet')).toEqual({
        status: 6,
        stdout: '',
        stderr: expect.stringContaining(`twdw: ${sentence}\n  try: ${hint}\n`),
      })
      const lake = join(machine.folder, 'lake')
      const published = [...(await bytesOf(lake)).keys()].filter(path => path.startsWith('layer2/'))
      expect(published.filter(path => path.includes('utc_hour=10') || path.includes('T10'))).toEqual([])
      expect(published).toContain(`layer2/_twdw/hours/${OTHER}.json`)
      expect(JSON.parse((await buggy('--quiet', '--json')).stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
        status: 6,
        code: 'E_DATA',
        message: sentence,
      })

      // an hour that was right before stays what it was
      expect(await machine.twdw(['consolidate'])).toMatchObject({ status: 0 })
      const right = await bytesOf(lake)
      expect(await buggy('--rebuild', '--quiet')).toMatchObject({ status: 6 })
      expect(await bytesOf(lake)).toEqual(right)
    }))
})
