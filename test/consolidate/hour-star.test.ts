import { tableToIPC } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { pendingStar } from '../../src/lib/consolidate/hour-star.ts'
import { forgottenOf, NOTHING_FORGOTTEN } from '../../src/lib/domain/forget/forgotten.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { inputsByHour } from '../../src/lib/domain/manifest.ts'
import { layer1Folder } from '../../src/lib/domain/paths.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { addLayer1, lakeOf, someRows } from '../support/consolidate-lake.ts'
import { layer1Table } from '../support/layer1-rows.ts'

const HOUR = '2024-01-01T10' as Hour
const timeZone = 'America/Sao_Paulo'
const forgotten = NOTHING_FORGOTTEN

describe('pendingStar', () => {
  it('takes lines that are in no file yet as if they were in one', async () => {
    const stored = await lakeOf({ [HOUR]: someRows(HOUR) })
    await addLayer1(stored, HOUR, 'segment-2', someRows(HOUR, 1))
    const half = await lakeOf({ [HOUR]: someRows(HOUR) })
    const inputsOf = async (lake: typeof half) => inputsByHour(await lake.list('layer1/')).get(HOUR) ?? []

    const one = await pendingStar(
      HOUR,
      { inputs: await inputsOf(stored), live: [], timeZone, forgotten },
      { tables: openTables(stored) },
    )
    const live = [layer1Table(someRows(HOUR, 1)), layer1Table(someRows(HOUR))]
    const other = await pendingStar(
      HOUR,
      { inputs: await inputsOf(half), live, timeZone, forgotten },
      { tables: openTables(half) },
    )

    expect(one.counts).toEqual({ read: 4, duplicates: 0, rejected: 0, tweets: 4 })
    expect(other.counts).toEqual({ read: 6, duplicates: 2, rejected: 0, tweets: 4 })
    for (const [name, table] of Object.entries(one.tables)) {
      expect(tableToIPC(other.tables[name as keyof typeof other.tables], 'file')).toEqual(tableToIPC(table, 'file'))
    }
  })

  it('has no rows where there is neither a file nor a line', async () => {
    const lake = await lakeOf({})
    const star = await pendingStar(HOUR, { inputs: [], live: [], timeZone, forgotten }, { tables: openTables(lake) })
    expect(star.counts).toEqual({ read: 0, duplicates: 0, rejected: 0, tweets: 0 })
  })

  it('leaves out what is forgotten, in files and in lines that are in none', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR) })
    const [one, other] = someRows(HOUR)
    const [later] = someRows(HOUR, 1)
    const retweet = { ...later!, kind: 'retweet' as const, referenced_id: one!.tweet_id }
    const rows = {
      inputs: inputsByHour(await lake.list('layer1/')).get(HOUR)!,
      live: [layer1Table([retweet])],
      timeZone,
    }
    const gone = forgottenOf([{ tweets: [one!.tweet_id], users: [] }])
    const star = await pendingStar(HOUR, { ...rows, forgotten: gone }, { tables: openTables(lake) })
    expect(star.counts).toEqual({ read: 1, duplicates: 0, rejected: 0, tweets: 1 })
    expect(String(star.tables.fact_tweet.getChild('tweet_id')?.get(0))).toBe(other!.tweet_id)
    const none = await pendingStar(
      HOUR,
      { ...rows, forgotten: forgottenOf([{ tweets: [], users: ['501'] }]) },
      { tables: openTables(lake) },
    )
    expect(none.counts.tweets).toBe(0)
  })

  it('says which file is gone', async () => {
    const lake = await lakeOf({})
    const path = `${layer1Folder(HOUR)}segment-1.parquet`
    await expect(
      pendingStar(HOUR, { inputs: [{ path, bytes: 9 }], live: [], timeZone, forgotten }, { tables: openTables(lake) }),
    ).rejects.toMatchObject({
      code: 'E_LAKE',
      message: 'layer1/tweets/utc_date=2024-01-01/utc_hour=10/segment-1.parquet was listed in the lake and is gone',
      hint: 'run it again; if it stays away, somebody else is changing the lake',
    })
  })
})
