import { describe, expect, it } from 'vitest'
import { COUNT_ALL, type Preset, parseWallTime } from '../../src/lib/domain/question/preset.ts'
import { query } from '../../src/lib/query/query.ts'
import { rowTexts } from '../support/answer-table.ts'
import { openQueryLake, type QueryLakeRows } from '../support/query-lake.ts'
import { instant } from '../support/session-records.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const tweet = (id: number, at: string) => ({ tweet_id: String(id), created_at: instant(at), hashtags: ['a'] })
/** Segments are named as they begin, and come after the sessions that they are of. */
const SESSION_ONE = { session: 'segment-0', source: 'replay', rules: [], from: '20:00', to: '20:01' } as const
const SESSION_TWO = { ...SESSION_ONE, session: 'segment-1b' } as const

async function hoursOf(rows: Partial<QueryLakeRows>, from: number, to: number, about: { batchOnly?: boolean } = {}) {
  const at = (hour: number) => parseWallTime(`2026-09-21T${String(hour).padStart(2, '0')}`)
  const preset: Preset = { ...COUNT_ALL, tags: ['a'], by: ['hour'], from: at(from), to: at(to) }
  let [counts, listed] = ['', 0]
  await withTempFolder(async folder => {
    const ports = await openQueryLake(folder, { timeZone: 'UTC', consolidated: [], stored: [], journal: [], ...rows })
    const list: typeof ports.lake.list = prefix => {
      if (prefix === 'layer1/tweets/') listed += 1
      return ports.lake.list(prefix)
    }
    const lake = { ...ports.lake, list }
    const { batchOnly = false } = about
    const { table, facts } = await query({ question: { preset }, batchOnly }, { ...ports, lake })
    counts = rowTexts(table, facts.zone)
      .map(row => row.split(' ').at(-1))
      .join(' ')
  })
  return { counts, listed }
}

describe('what a series knows of a lake', () => {
  it('is all between the first and the last tweet of one replay, wherever they are', async () => {
    const [early, late] = [tweet(1, '05:10'), tweet(2, '09:10')]
    for (const sessions of [[], [SESSION_ONE]]) {
      for (const rows of [
        { consolidated: [early, late] },
        { stored: [early, late] },
        { consolidated: [early], journal: [late] },
      ]) {
        expect((await hoursOf({ ...rows, sessions }, 4, 11)).counts).toBe('– 1 0 0 0 1 –')
        expect((await hoursOf({ ...rows, sessions }, 6, 8)).counts).toBe('0 0')
      }
    }
  })

  it('never lists the whole lake where it has one replay, or was only listened to', async () => {
    const rows = { consolidated: [tweet(1, '05:10'), tweet(2, '09:10')], sessions: [SESSION_ONE] }
    expect(await hoursOf(rows, 5, 7)).toEqual({ counts: '1 0', listed: 0 })
    expect(await hoursOf(rows, 8, 11)).toEqual({ counts: '0 1 –', listed: 0 })
    const listened = {
      ...SESSION_ONE,
      source: 'stream',
      rules: [{ name: 'a', value: '#a' }],
      from: '05:00',
      to: '06:30',
    } as const
    expect(await hoursOf({ ...rows, sessions: [listened] }, 4, 11)).toEqual({ counts: '– 1 0 – – 1 –', listed: 0 })
  })

  it('is nothing of the time between two replays', async () => {
    const rows = {
      consolidated: [tweet(1, '02:10'), tweet(2, '04:10')],
      stored: [tweet(3, '07:10'), tweet(4, '09:10')],
      sessions: [SESSION_ONE, SESSION_TWO],
    }
    expect((await hoursOf(rows, 1, 11)).counts).toBe('– 1 0 1 – – 1 0 1 –')
  })

  it('does not say of an hour that the batch leaves out that nothing was there', async () => {
    const rows = {
      consolidated: [tweet(1, '05:10'), tweet(2, '07:10'), tweet(3, '09:10')],
      stored: [{ ...tweet(4, '06:10'), hashtags: ['b'] }],
      journal: [tweet(5, '10:10')],
    }
    expect((await hoursOf(rows, 4, 12)).counts).toBe('– 1 0 1 0 1 1 –')
    expect((await hoursOf(rows, 4, 12, { batchOnly: true })).counts).toBe('– 1 – 1 0 1 – –')
  })
})
