/**
 * Spark and DuckDB give the same answers: every case of fixtures/queries that is no matter of one engine alone, and presets that
 * nobody thought of. Against the Spark Connect server that test/spark/run.sh starts.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { queryCommand } from '../../src/commands/query.ts'
import { hourOf } from '../../src/lib/domain/hour.ts'
import { LAYER1_REPEATING } from '../../src/lib/domain/layer1-builder.ts'
import { layer1Path } from '../../src/lib/domain/paths.ts'
import { openSpark } from '../../src/lib/io/spark/engine.ts'
import { lakeForSpark } from '../../src/lib/io/spark/lake.ts'
import { openLakeScratch } from '../../src/lib/io/spark/scratch.ts'
import { query } from '../../src/lib/query/query.ts'
import type { QueryPorts } from '../../src/lib/query/sql-session.ts'
import { anyQuestion, someTweets } from '../support/any-preset.ts'
import { bytesToText } from '../support/bytes-to-text.ts'
import { layer1Table } from '../support/layer1-rows.ts'
import { plainRows } from '../support/plain-rows.ts'
import { openQueryLake, QUERIES, readQueryLakeRows } from '../support/query-lake.ts'
import { runInStreet } from '../support/run-command.ts'
import { sparkOptions } from '../support/spark-server.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const REMOTE = process.env.SPARK_TEST_REMOTE
const SLOW_MS = 120_000
/** Last words of questions whose answers are no text. */
const BYTES = ['parquet', 'arrow']

/** What only DuckDB's SQL has, or what DuckDB says is wrong. */
const OF_DUCKDB = [
  /^(every-type|hostile-text|ids-as-text|sql-shell|sql-unknown)-|^nothing-outside-the-lake$|^very-narrow-terminal$/,
  /^sql-(copy|delete|file-outside|syntax|that-breaks|with-control|without|several-answers)/,
]
/** What is made of an answer, whoever gave it. */
const OTHER_FORMS = [
  /^(chart|heat-map|svg)-|^(heat-map|explain|line-in-a-pipe|line-of-two-tags|narrow-terminal)$|^very-narrow/,
  /-across(-days)?$|^kinds-(across|down)|^(nothing|one-tag|hours-not|running|tags-listened|no-likes|explain)-/,
]
const CASES = readdirSync(QUERIES, { withFileTypes: true })
  .flatMap(entry => (entry.isDirectory() ? [entry.name] : []))
  .filter(name => ![...OF_DUCKDB, ...OTHER_FORMS].some(pattern => pattern.test(name)))

const withoutTime = (text: string) => text.replace(/ · [\d.]+ m?s$/gm, '')
const readCase = (name: string, file: string) => {
  const path = join(QUERIES, name, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

describe.skipIf(REMOTE === undefined)('Spark and DuckDB', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twdw-spark-'))
    const rows = readQueryLakeRows()
    const { tables } = await openQueryLake(folder, rows)
    for (const row of rows.journal) {
      const hour = hourOf(Date.parse(row.created_at ?? ''))
      await tables.write(layer1Path(hour, 'segment-3'), layer1Table([row]), { repeating: LAYER1_REPEATING })
    }
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(CASES)('answer %s alike', { timeout: SLOW_MS }, async name => {
    const { words, ...about } = JSON.parse(readCase(name, 'question.json')) as { words: string[] }
    const toSpark = ['query', '--engine', 'spark', '--remote', REMOTE!, ...words]
    const ask = (home: string) =>
      runInStreet(queryCommand, home, toSpark, about).then(async street => ({
        stdout: BYTES.includes(words.at(-1) ?? '') ? await bytesToText(street.saidBytes()) : withoutTime(street.said()),
        stderr: withoutTime(street.told()),
      }))
    const outcome = existsSync(join(QUERIES, name, 'lake.json'))
      ? await withTempFolder(async own => {
          await openQueryLake(own, readQueryLakeRows(name))
          return ask(own)
        })
      : await ask(folder)
    expect(outcome).toEqual({ stdout: readCase(name, 'stdout.txt'), stderr: readCase(name, 'stderr.txt') })
  })

  it('answer presets that nobody thought of alike, over hours in all states', { timeout: 3 * SLOW_MS }, async () => {
    const remote = REMOTE!
    const kept = await openSpark({
      ...sparkOptions(remote),
      settings: { 'spark.sql.codegen.wholeStage': 'true', 'spark.sql.codegen.factoryMode': 'FALLBACK' },
    })
    const part = fc.tuple(someTweets, someTweets, someTweets)
    try {
      await fc.assert(
        fc.asyncProperty(part, fc.array(anyQuestion, { minLength: 8, maxLength: 8 }), async (tweets, presets) => {
          const [consolidated, stored, journal] = tweets
          await withTempFolder(async own => {
            const ports = await openQueryLake(own, { timeZone: 'America/Sao_Paulo', consolidated, stored, journal })
            const lake = lakeForSpark(ports.lake)
            const onSpark: QueryPorts = {
              ...ports,
              lake,
              openScratch: () => openLakeScratch(lake, 0),
              openSql: async () => ({ ...kept, close: async () => undefined }),
            }
            for (const preset of presets) {
              const plan = { question: { preset }, batchOnly: false }
              const [answer, wanted] = [await query(plan, onSpark), await query(plan, ports)]
              expect(plainRows(answer.table)).toEqual(plainRows(wanted.table))
              expect({ ...answer.facts, zone: 0, tookMs: 0 }).toEqual({ ...wanted.facts, zone: 0, tookMs: 0 })
            }
            expect(await ports.lake.names('')).not.toContain('_scratch/')
          })
        }),
        { numRuns: 3 },
      )
    } finally {
      await kept.close()
    }
  })
})
