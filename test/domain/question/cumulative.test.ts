import { describe, expect, it } from 'vitest'
import { toRunningTotals } from '../../../src/lib/domain/question/cumulative.ts'
import { COUNT_ALL, type Preset } from '../../../src/lib/domain/question/preset.ts'
import { createWallClock } from '../../../src/lib/domain/time-zone.ts'
import { answerTable, rowTexts } from '../../support/answer-table.ts'

const ZONE = { name: 'America/Sao_Paulo', clock: createWallClock('America/Sao_Paulo') }
const DAYS = ['2024-01-01', '2024-01-02', '2024-01-03']

const totals = (columns: Parameters<typeof answerTable>[0], change: Partial<Preset>) =>
  rowTexts(toRunningTotals(answerTable(columns), { ...COUNT_ALL, cumulative: true, ...change }, ZONE), ZONE)

describe('toRunningTotals', () => {
  it('adds up each series apart, to the last digit', () => {
    const columns = {
      day: [...DAYS, ...DAYS],
      lang: ['pt', 'pt', 'pt', null, null, null],
      tweets: ['9007199254740993', '0', '1', '5', '6', '7'],
    }
    expect(totals(columns, { by: ['day', 'lang'] })).toEqual([
      '2024-01-01 pt 9007199254740993',
      '2024-01-01 – 5',
      '2024-01-02 pt 9007199254740993',
      '2024-01-02 – 11',
      '2024-01-03 pt 9007199254740994',
      '2024-01-03 – 18',
    ])
  })

  it('leaves what is not known so, and goes on behind it', () => {
    expect(totals({ day: DAYS, tweets: [2, null, 3] }, { by: ['day'] })).toEqual([
      '2024-01-01 2',
      '2024-01-02 –',
      '2024-01-03 5',
    ])
  })

  it('adds up along the time, in whatever order the rows are shown', () => {
    const columns = { day: DAYS.toReversed(), tweets: [1, 10, 100] }
    expect(totals(columns, { by: ['day'], order: 'most' })).toEqual([
      '2024-01-03 111',
      '2024-01-02 110',
      '2024-01-01 100',
    ])
  })
})
