/** docs/data-model.md says what the engine and the files say, and its questions can be asked. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetMetadata, type SchemaElement } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fillDataModel, type ViewTypes } from '../../scripts/data-model.ts'
import { createLayer1Builder, REJECTED_REPEATING } from '../../src/lib/domain/layer1-builder.ts'
import { rejectedPath } from '../../src/lib/domain/paths.ts'
import { BASE_VIEWS, VIEWS, type ViewName } from '../../src/lib/domain/question/views.ts'
import { query } from '../../src/lib/query/query.ts'
import type { QueryPorts } from '../../src/lib/query/sql-session.ts'
import { REPOSITORY } from '../support/folders.ts'
import { plainRows } from '../support/plain-rows.ts'
import { openQueryLake, readQueryLakeRows } from '../support/query-lake.ts'
import { makeTempFolder } from '../support/temp-folder.ts'

const PAGE = readFileSync(join(REPOSITORY, 'docs/data-model.md'), 'utf8')

interface ToldColumn {
  name: string
  engineType: string
  parquetType: string
  isNullable: boolean
}

/** The table of a view, as it stands on the page. */
function toldColumns(view: string): ToldColumn[] {
  const [, section = ''] = PAGE.split(`<!-- view: ${view} -->`)
  return [...section.split('<!-- end -->')[0]!.matchAll(/^\| `(\w+)` \|(.*)\|$/gm)].map(([, name = '', rest = '']) => {
    const [engineType = '', parquetType = '', , whenNull] = rest.split('|').map(cell => cell.trim())
    return { name, engineType, parquetType, isNullable: whenNull !== 'never' }
  })
}

let folder: Awaited<ReturnType<typeof makeTempFolder>>
let ports: QueryPorts
beforeAll(async () => {
  folder = await makeTempFolder()
  const rows = readQueryLakeRows()
  ports = await openQueryLake(folder.path, {
    ...rows,
    consolidated: [...rows.consolidated, ...rows.stored],
    stored: [],
  })
  const builder = createLayer1Builder()
  builder.addRejected(
    { bytes: new TextEncoder().encode('{'), reason: 'invalid JSON' },
    { source: 'stream', capturedAtMs: 0 },
  )
  await ports.tables.write(rejectedPath('a'), builder.rejectedTable(), { repeating: REJECTED_REPEATING })
})
afterAll(() => folder.remove())

const ask = async (sql: string) => plainRows((await query({ question: { sql }, batchOnly: false }, ports)).table)

describe('docs/data-model.md', () => {
  it.each(VIEWS)('has every column of %s, with its type', async view => {
    const described = await ask(`DESCRIBE ${view}`)
    expect(toldColumns(view).map(({ name, engineType }) => [name, engineType])).toEqual(
      described.map(({ column_name, column_type }) => [column_name, column_type]),
    )
  })

  it('has no other view', () => {
    expect([...PAGE.matchAll(/<!-- view: (\w+) -->/g)].map(([, view]) => view).sort()).toEqual([...VIEWS].sort())
  })

  it.each(VIEWS)('calls no column of %s never null that has a null', async view => {
    const never = toldColumns(view).filter(({ isNullable }) => !isNullable)
    const hasNull = never.map(({ name }) => `bool_or(${name} IS NULL) AS ${name}`).join(', ')
    // of a view without rows all of these are null, and none is false
    expect(await ask(`SELECT ${hasNull} FROM ${view}`)).toEqual([
      Object.fromEntries(never.map(({ name }) => [name, false])),
    ])
  })

  it.each(BASE_VIEWS)('says what the files of %s say of their columns', async view => {
    const told = toldColumns(view)
      .filter(({ parquetType }) => parquetType !== '–')
      .map(({ name, parquetType, isNullable }) => [name, parquetType, isNullable])
    const prefix =
      view === 'layer1_tweets' ? 'layer1/tweets/' : view === 'layer1_rejected' ? 'layer1/rejected/' : `layer2/${view}/`
    const files = await ports.lake.list(prefix)
    expect(files.length).toBeGreaterThan(0)
    for (const { path } of files) {
      const bytes = (await ports.lake.read(path))!
      expect(columnsOfFile(parquetMetadata(bytes.slice().buffer).schema)).toEqual(told)
    }
  })

  it('asks for tweets on each day', async () => {
    expect(await ask(questionAt(0))).toEqual([
      { local_date: '2019-02-15', weekday: 5, weekday_name: 'Friday', holiday: null, tweets: 3 },
      { local_date: '2019-02-16', weekday: 6, weekday_name: 'Saturday', holiday: null, tweets: 5 },
      { local_date: '2019-02-17', weekday: 7, weekday_name: 'Sunday', holiday: null, tweets: 1 },
      { local_date: '2019-02-18', weekday: 1, weekday_name: 'Monday', holiday: null, tweets: 3 },
    ])
  })

  it('asks for authors under the name that they had, and loses no tweet', async () => {
    expect(await ask(questionAt(1))).toEqual([
      { username: 'ana', tweets: 4, followers: 131 },
      { username: 'bruno', tweets: 2, followers: 60 },
      { username: 'carla', tweets: 2, followers: 1000 },
      { username: 'davi', tweets: 2, followers: null },
      { username: 'bruno_br', tweets: 1, followers: 61 },
      { username: 'yuki', tweets: 1, followers: 2 ** 53 },
    ])
  })

  it('asks for hashtags beside one, as people spell them', async () => {
    expect(await ask(questionAt(2))).toEqual([
      { spelling: 'samba', place: 'no place', tweets: 3 },
      { spelling: 'Café', place: 'Rio de Janeiro, Brasil', tweets: 1 },
      { spelling: '日本', place: 'no place', tweets: 1 },
    ])
  })
})

describe('fillDataModel', () => {
  const typesOfPage = (): Map<ViewName, Map<string, string>> =>
    new Map(VIEWS.map(view => [view, new Map(toldColumns(view).map(({ name, engineType }) => [name, engineType]))]))

  it('makes the page that is there', () => {
    expect(fillDataModel(PAGE, typesOfPage())).toBe(PAGE)
  })

  it('refuses a page without a view, and with one that is not there or stands twice', () => {
    const section = '<!-- view: place -->\n<!-- end -->\n'
    const types: ViewTypes = typesOfPage()
    expect(() => fillDataModel(PAGE.replace('<!-- view: place -->', ''), types)).toThrow(/do not agree on place$/)
    expect(() => fillDataModel(PAGE + section.replace('place', 'dim_place_2'), types)).toThrow(/on dim_place_2$/)
    expect(() => fillDataModel(PAGE + section, types)).toThrow(/how often a view stands$/)
  })

  it('refuses a view with a column that nobody told of', () => {
    const types = typesOfPage()
    types.get('language')!.set('script', 'VARCHAR')
    expect(() => fillDataModel(PAGE, types)).toThrow(
      'language has the columns lang, name, is_language, is_inferred, script, and told of are lang, name, is_language, is_inferred',
    )
  })
})

function questionAt(place: number): string {
  return [...PAGE.matchAll(/```sql\n([\s\S]*?)```/g)][place]![1]!
}

/** Name, type in the words of the page, may it be null. */
function columnsOfFile([root, ...elements]: SchemaElement[]): [string, string, boolean][] {
  const columns: [string, string, boolean][] = []
  for (let at = 0, left = root!.num_children!; left > 0; left--) {
    const element = elements[at]!
    const isList = element.logical_type?.type === 'LIST'
    const type = isList ? `LIST of ${typeOf(elements[at + 2]!)}` : typeOf(element)
    columns.push([element.name, type, element.repetition_type === 'OPTIONAL'])
    at += isList ? 3 : 1
  }
  return columns
}

function typeOf({ type, logical_type: logical, converted_type: converted }: SchemaElement): string {
  if (logical?.type === 'TIMESTAMP') return `TIMESTAMP, ${logical.isAdjustedToUTC ? 'UTC' : 'local'}`
  if (converted === 'UTF8' || logical?.type === 'STRING') return 'STRING'
  if (converted === 'DATE' || logical?.type === 'DATE') return 'DATE'
  return type ?? 'none'
}
