/** What consolidate looks up in layer1 a second time: rows that only their text tells apart, and rows that were rejected. */
import { describe, expect, it } from 'vitest'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { hourlyPath, rejectedByHourPath } from '../../src/lib/domain/paths.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { addLayer1, contentOf, lakeOf, run } from '../support/consolidate-lake.ts'
import type { Layer1Row } from '../support/layer1-rows.ts'
import { plainRows } from '../support/plain-rows.ts'

const HOUR = '2024-01-01T10' as Hour
const created_at = '2024-01-01T10:00:00.000Z'

async function consolidated(files: readonly (readonly Layer1Row[])[]) {
  const lake = await lakeOf({})
  for (const [i, rows] of files.entries()) await addLayer1(lake, HOUR, `segment-${i}`, rows)
  await run(lake)
  const rowsOf = async (path: string) => plainRows((await openTables(lake).read(path))!)
  return { lake, rowsOf }
}

/** Layer2 without the manifests, which name the files. */
const tablesOf = (lake: Parameters<typeof contentOf>[0]) =>
  Object.entries(contentOf(lake)).filter(([path]) => path.startsWith('layer2/') && !path.includes('_twdw'))

describe('consolidate of deliveries of one millisecond', () => {
  const old = { tweet_id: '7', created_at, captured_at: '2023-04-30T00:00:00.000Z', text: 'z', user_username: 'zoe' }
  const one = { tweet_id: '7', created_at, text: 'a', author_id: '1', user_username: 'zoe', rules: ['x'] }
  const other = { tweet_id: '7', created_at, text: 'b', author_id: '1', user_username: 'ana', rules: ['y'] }

  it('keeps the greater one, in whatever file and order they are', async () => {
    const { lake, rowsOf } = await consolidated([[old, one], [other]])
    expect(await rowsOf(hourlyPath('fact_tweet', HOUR))).toMatchObject([{ tweet_id: '7', text: 'b' }])
    expect(await rowsOf(hourlyPath('dim_user_snapshot', HOUR))).toMatchObject([{ user_id: '1', username: 'ana' }])
    expect(await rowsOf(hourlyPath('bridge_tweet_rule', HOUR))).toMatchObject([{ rule: 'x' }, { rule: 'y' }])
    for (const files of [[[other], [one], [old]], [[other, old, one]], [[one], [old, other]]]) {
      expect(tablesOf((await consolidated(files)).lake)).toEqual(tablesOf(lake))
    }
  })
})

describe('consolidate of rows that cannot be cast', () => {
  it('keeps their lines with the reasons, oldest first and then by their bytes, of all files', async () => {
    const bad = (raw: string, more: Layer1Row): Layer1Row => ({ created_at, raw, ...more })
    const files = [
      [bad('{"n":3}', { tweet_id: 'x' }), { tweet_id: '1', created_at }],
      [{ tweet_id: '2', created_at }, bad('{"n":2}', { tweet_id: '3', author_id: '-4' })],
      [bad('{"n":9}', { tweet_id: '', captured_at: '2023-04-30T00:00:00.000Z' })],
    ]
    const { rowsOf } = await consolidated(files)
    expect(await rowsOf(rejectedByHourPath(HOUR))).toMatchObject([
      { line: '{"n":9}', reason: 'tweet_id is not an INT64: ""' },
      { line: '{"n":2}', reason: 'author_id is not an INT64: "-4"' },
      { line: '{"n":3}', reason: 'tweet_id is not an INT64: "x"' },
    ])
    expect(await rowsOf(hourlyPath('fact_tweet', HOUR))).toMatchObject([{ tweet_id: '1' }, { tweet_id: '2' }])
  })
})
