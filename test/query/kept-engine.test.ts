import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { LAYER1_REPEATING } from '../../src/lib/domain/layer1-builder.ts'
import { layer1Path } from '../../src/lib/domain/paths.ts'
import { keepEngine } from '../../src/lib/query/kept-engine.ts'
import { querySql } from '../../src/lib/query/query.ts'
import type { QueryPorts } from '../../src/lib/query/sql-session.ts'
import { layer1Table } from '../support/layer1-rows.ts'
import { openQueryLake, readQueryLakeRows } from '../support/query-lake.ts'
import { withTempFolder } from '../support/temp-folder.ts'

/** Statements that share an engine over the lake of fixtures/queries; each of their answers as rows. */
async function inShell(
  work: (
    ask: (sql: string, before?: string) => Promise<string[][][]>,
    ports: QueryPorts & { opened(): number },
    folder: string,
  ) => Promise<void>,
  readsAllFiles = false,
): Promise<void> {
  await withTempFolder(async folder => {
    let engines = 0
    const ports = await openQueryLake(folder, readQueryLakeRows())
    const counting: QueryPorts = { ...ports, openSql: session => ports.openSql(session).finally(() => engines++) }
    const kept = await keepEngine(counting)
    const ask = async (sql: string, before?: string) => {
      const answers = await querySql({ sql, batchOnly: false, readsAllFiles, before }, kept.ports)
      return answers.map(({ table }) => table.toArray().map(row => Object.values(row?.toJSON() ?? {}).map(String)))
    }
    await work(ask, { ...counting, opened: () => engines }, folder)
    await kept.close()
    expect(readdirSync(folder).filter(name => name !== 'lake' && name !== 'mine.csv')).toEqual([])
  })
}

describe('an engine that is kept', () => {
  it('is opened once, and keeps what statements made', () =>
    inShell(async (ask, ports) => {
      expect(await ask('create temp table mine as select count(*) as n from fact_tweet')).toEqual([])
      expect(await ask('set variable least = 2')).toEqual([])
      expect(await ask("select n > getvariable('least') from mine")).toEqual([[['true']]])
      expect(ports.opened()).toBe(1)
    }))

  it('sees what came into the lake in between', () =>
    inShell(async (ask, { tables }) => {
      const count = 'select count(*) from fact_tweet'
      expect(await ask(count)).toEqual([[['16']]])
      const late = { tweet_id: '7', created_at: '2019-02-18T12:10:00.000Z', hashtags: ['samba'] }
      const path = layer1Path('2019-02-18T12' as Hour, 'segment-9')
      await tables.write(path, layer1Table([late]), { repeating: LAYER1_REPEATING })
      expect(await ask(count)).toEqual([[['17']]])
    }))

  it('makes the views anew that a macro reads, and has none that nobody named', () =>
    inShell(async (ask, { tables }) => {
      const macro = 'create macro counted() as table select count(*) from fact_tweet'
      await ask(macro)
      const named = 'select * from counted(), (select count(*) from dim_lang)'
      await expect(ask(named)).rejects.toMatchObject({
        code: 'E_USAGE',
        message: expect.stringContaining('Table with name fact_tweet does not exist!'),
      })
      expect((await ask(named, macro))[0]?.[0]?.at(0)).toBe('16')
      const late = { tweet_id: '7', created_at: '2019-02-18T12:10:00.000Z', hashtags: ['samba'] }
      const path = layer1Path('2019-02-18T12' as Hour, 'segment-9')
      await tables.write(path, layer1Table([late]), { repeating: LAYER1_REPEATING })
      expect((await ask(named, macro))[0]?.[0]?.at(0)).toBe('17')
    }))

  it('goes on after a mistake', () =>
    inShell(async ask => {
      await ask('create temp table mine as select 1 as a')
      await expect(ask('select nope from mine')).rejects.toMatchObject({ code: 'E_USAGE' })
      expect(await ask('from mine')).toEqual([[['1']]])
    }))

  it('reads files outside the lake only where it is told to', async () => {
    const write = (folder: string) => writeFileSync(join(folder, 'mine.csv'), 'tag,label\nsamba,music\n')
    const sql = (folder: string) => `select label from hashtag join read_csv('${folder}/mine.csv') using (tag)`
    await inShell(async (ask, _, folder) => {
      write(folder)
      await expect(ask(sql(folder))).rejects.toMatchObject({ code: 'E_USAGE' })
    })
    await inShell(async (ask, _, folder) => {
      write(folder)
      expect(await ask(sql(folder))).toEqual([[['music']]])
    }, true)
  })
})
