import { describe, expect, it } from 'vitest'
import { refuseUnfitting } from '../../../src/lib/domain/question/fitting.ts'
import { COUNT_ALL, type Preset, parseWallTime } from '../../../src/lib/domain/question/preset.ts'

const month = { from: parseWallTime('2024-02-01'), to: parseWallTime('2024-03-01') }
const refusalOf = (change: Partial<Preset>) => {
  try {
    refuseUnfitting({ ...COUNT_ALL, ...change })
    return undefined
  } catch (error) {
    return error
  }
}

describe('refuseUnfitting', () => {
  it.each<[Partial<Preset>, string]>([
    [
      { cumulative: true, by: ['lang'] },
      '--cumulative adds up along one of hour, day, week, month, year, and there is none',
    ],
    [
      { cumulative: true, by: ['day', 'weekday'] },
      '--cumulative adds up along one of hour, day, week, month, year, and not along day, weekday',
    ],
    [
      { cumulative: true, by: ['hour-of-day'] },
      '--cumulative adds up along one of hour, day, week, month, year, and not along hour-of-day',
    ],
    [{ cumulative: true, by: ['day'], top: 3 }, '--top 3 picks some of the days, and --cumulative adds all of them up'],
    [
      { compare: 'previous', to: month.to },
      '--compare previous needs --from and --to: the span before is as long as theirs',
    ],
    [
      { compare: 'previous', ...month, by: ['day', 'lang'], pivot: 'last' },
      '--pivot lays out one count a row, and --compare makes several',
    ],
    [{ pivot: 'last', by: ['day'] }, '--pivot needs two columns, one to go down and one to go across'],
    [{ pivot: 'last', tags: ['a', 'b'] }, '--pivot needs two columns, one to go down and one to go across'],
    [{ pivot: 'tag', tags: ['a'], by: ['day', 'lang'] }, '--pivot tag is none of the columns: day, lang'],
    [{ pivot: 'user' }, '--pivot user is none of the columns: there is none'],
  ])('refuses %j', (change, message) => {
    expect(refusalOf(change)).toMatchObject({ code: 'E_USAGE', message })
  })

  it.each<[Partial<Preset>]>([
    [{ cumulative: true, by: ['lang', 'day'], top: 3, compare: 'previous', ...month }],
    [{ cumulative: true, by: ['day'], allTags: true, top: 3, pivot: 'tag' }],
    [{ pivot: 'last', tags: ['a', 'b'], by: ['day'] }],
  ])('lets %j go together', change => {
    expect(refusalOf(change)).toBeUndefined()
  })
})
