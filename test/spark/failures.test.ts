/** What goes wrong with a real Spark, and what is said of it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EngineGone, type TwdwError } from '../../src/lib/errors.ts'
import { openSpark, type SparkEngine } from '../../src/lib/io/spark/engine.ts'
import { plainRows } from '../support/plain-rows.ts'
import { type SparkServer, sparkOptions, startSparkServer } from '../support/spark-server.ts'

const REMOTE = process.env.SPARK_TEST_REMOTE
const HOME = process.env.SPARK_TEST_HOME
/** Longer than any test waits. */
const FOR_EVER = 'SELECT COUNT(*) AS n FROM range(300000000000)'
const SLOW_MS = 120_000

const failure = (work: Promise<unknown>): Promise<TwdwError> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    error => error,
  )

describe.skipIf(REMOTE === undefined)('a real Spark', () => {
  let engine: SparkEngine
  beforeAll(async () => {
    engine = await openSpark(sparkOptions(REMOTE!))
  }, SLOW_MS)
  afterAll(() => engine.close())

  it('refuses a wrong token', { timeout: SLOW_MS }, async () => {
    const [address] = REMOTE!.split('/;')
    const { code, message } = await failure(openSpark(sparkOptions(`${address}/;token=wrong`)))
    expect([code, message]).toEqual([
      'E_REFUSED',
      `the Spark server at ${address!.slice('sc://'.length)} refuses: Invalid authentication token`,
    ])
  })

  it('stops what it is at when it is told to', { timeout: SLOW_MS }, async () => {
    const stop = new AbortController()
    let tasks = 0
    const onProgress = (progress: { tasks: number }) => {
      tasks = progress.tasks
      if (tasks > 0) stop.abort()
    }
    const other = await openSpark({ ...sparkOptions(REMOTE!), onProgress })
    const { code, message } = await failure(other.query(FOR_EVER, stop.signal))
    expect([code, message]).toEqual(['E_INTERRUPTED', 'the query was stopped before it had an answer; Spark was told'])
    // both cores are free again
    expect(plainRows(await other.query('SELECT COUNT(*) AS n FROM range(3)'))).toEqual([{ n: 3 }])
    await other.close()
  })

  it('says which file it does not find', { timeout: SLOW_MS }, async () => {
    const { code, message } = await failure(engine.nameFiles('f', ['file:/nowhere/[a] {b}*.parquet'], 'a INT'))
    expect(code).toBe('E_LAKE')
    expect(message).toMatch(/cannot read a file: \[PATH_NOT_FOUND\] Path does not exist: file:\/nowhere\//)
  })

  it('shows the place of what is wrong', { timeout: SLOW_MS }, async () => {
    expect(await failure(engine.queryAll('SELECT 1;\nSELECT 2,\n  nope'))).toMatchObject({ code: 'E_USAGE', at: 22 })
  })
})

/** Not the one that others ask meanwhile: what they need would be missing. */
describe.skipIf(HOME === undefined)('a real Spark that comes to its end', () => {
  let folder: string
  let server: SparkServer
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twdw-spark-'))
    server = await startSparkServer(HOME!, folder)
  }, SLOW_MS)
  afterAll(async () => {
    await server.kill()
    await rm(folder, { recursive: true, force: true })
  })

  it('says that it has no memory for it, and goes on', { timeout: SLOW_MS }, async () => {
    const engine = await openSpark(sparkOptions(server.remote))
    const error = await failure(engine.query("SELECT repeat('x', 1900000000) AS a, repeat('y', 1900000000) AS b"))
    expect(error).toBeInstanceOf(EngineGone)
    expect(error.message).toMatch(/^(the )?Spark (server )?at \S+ (ran out of memory|has no room for it): /)
    expect(plainRows(await engine.query('SELECT 1 AS a'))).toEqual([{ a: 1 }])
    await engine.close()
  })

  it('is missed in the middle of a question when it is killed', { timeout: SLOW_MS }, async () => {
    const onProgress = ({ tasks }: { tasks: number }) => {
      if (tasks > 0) server.process.kill('SIGKILL')
    }
    const engine = await openSpark({ ...sparkOptions(server.remote), onProgress })
    const error = await failure(engine.query(FOR_EVER))
    expect(error).toBeInstanceOf(EngineGone)
    expect(error.message).toMatch(`the Spark server at ${server.address} cannot be reached, or went away: `)
    await engine.close()
  })
})
