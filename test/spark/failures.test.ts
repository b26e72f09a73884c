/** What goes wrong with a real Spark, and what is said of it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { splitSparkStatements } from '../../src/lib/domain/question/spark-statements.ts'
import { EngineGone, type TwdwError } from '../../src/lib/errors.ts'
import { openSpark, type SparkEngine, type SparkOptions } from '../../src/lib/io/spark/engine.ts'
import { plainRows } from '../support/plain-rows.ts'

const REMOTE = process.env.SPARK_TEST_REMOTE
const HOME = process.env.SPARK_TEST_HOME
/** Longer than any test waits. */
const FOR_EVER = 'SELECT COUNT(*) AS n FROM range(300000000000)'
const SLOW_MS = 120_000

const options = (remote: string): SparkOptions => ({
  remote,
  userId: 'a test',
  timeZone: 'America/Sao_Paulo',
  splitStatements: splitSparkStatements,
  onProgress: () => undefined,
  isFar: false,
})
const failure = (work: Promise<unknown>): Promise<TwdwError> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    error => error,
  )

describe.skipIf(REMOTE === undefined)('a real Spark', () => {
  let engine: SparkEngine
  beforeAll(async () => {
    engine = await openSpark(options(REMOTE!))
  }, SLOW_MS)
  afterAll(() => engine.close())

  it('refuses a wrong token', { timeout: SLOW_MS }, async () => {
    const [address] = REMOTE!.split('/;')
    const { code, message } = await failure(openSpark(options(`${address}/;token=wrong`)))
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
    const other = await openSpark({ ...options(REMOTE!), onProgress })
    const { code, message } = await failure(other.query(FOR_EVER, stop.signal))
    expect([code, message]).toEqual(['E_INTERRUPTED', 'the query was stopped before it had an answer; Spark was told'])
    // both cores are free again
    expect(plainRows(await other.query('SELECT COUNT(*) AS n FROM range(3)'))).toEqual([{ n: 3 }])
    await other.close()
  })

  it('says that it has no memory for it, and goes on', { timeout: SLOW_MS }, async () => {
    const error = await failure(engine.query("SELECT repeat('x', 1900000000) AS a, repeat('y', 1900000000) AS b"))
    expect(error).toBeInstanceOf(EngineGone)
    expect(error.message).toMatch(/^(the )?Spark (server )?at \S+ (ran out of memory|has no room for it): /)
    expect(plainRows(await engine.query('SELECT 1 AS a'))).toEqual([{ a: 1 }])
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

describe.skipIf(HOME === undefined)('a real Spark that is killed', () => {
  let folder: string
  let server: ChildProcess | undefined
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twdw-spark-'))
  })
  afterAll(async () => {
    server?.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  it('is missed in the middle of a question', { timeout: SLOW_MS }, async () => {
    const port = await freePort()
    server = spawn('bash', [join(import.meta.dirname, 'serve.sh'), HOME!, String(port), 't'], {
      cwd: folder,
      stdio: 'ignore',
    })
    while (!(await isListening(port))) await new Promise(resolve => setTimeout(resolve, 200))
    const onProgress = ({ tasks }: { tasks: number }) => {
      if (tasks > 0) server?.kill('SIGKILL')
    }
    const engine = await openSpark({ ...options(`sc://127.0.0.1:${port}/;token=t`), onProgress })
    const error = await failure(engine.query(FOR_EVER))
    expect(error).toBeInstanceOf(EngineGone)
    expect(error.message).toMatch(`the Spark server at 127.0.0.1:${port} cannot be reached, or went away: `)
    await engine.close()
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

function isListening(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
