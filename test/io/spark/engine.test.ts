import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { status } from '@grpc/grpc-js'
import { Int32, Table, TimestampMicrosecond, Utf8, vectorFromArray } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import type { TwdwError } from '../../../src/lib/errors.ts'
import type { SparkProgress } from '../../../src/lib/io/spark/client.ts'
import { openSpark, type SparkEngine, type SparkOptions } from '../../../src/lib/io/spark/engine.ts'
import { type FakeSpark, type FakeSparkPlan, openFakeSpark } from '../../support/fake-spark.ts'
import { plainRows } from '../../support/plain-rows.ts'
import { sparkOptions } from '../../support/spark-server.ts'

const options = (remote: string): SparkOptions => ({ ...sparkOptions(remote), userId: 'ana' })

async function withSpark<T>(plan: FakeSparkPlan, use: (spark: FakeSpark) => Promise<T>): Promise<T> {
  const spark = await openFakeSpark(plan)
  return use(spark).finally(spark.close)
}

const withEngine = <T>(
  plan: FakeSparkPlan,
  use: (engine: SparkEngine, spark: FakeSpark) => Promise<T>,
  more: Partial<SparkOptions> = {},
) =>
  withSpark(plan, async spark => {
    const engine = await openSpark({ ...options(spark.remote), ...more })
    return use(engine, spark).finally(engine.close)
  })

const failure = (work: Promise<unknown>): Promise<TwdwError & { at?: number }> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    error => error,
  )

const one = new Table({ a: vectorFromArray([1], new Int32()) })
const two = new Table({ a: vectorFromArray([2, 3], new Int32()) })

describe('a Spark', () => {
  it('answers statement by statement, with the batches of each put together', () =>
    withEngine(
      { statements: { 'SELECT a': { answer: [one, two] }, 'SELECT b': { answer: [two] } } },
      async (engine, spark) => {
        const answers = await engine.queryAll('SELECT a; CACHE TABLE x;\nSELECT b -- the last')
        expect(answers.map(plainRows)).toEqual([
          [{ a: 1 }, { a: 2 }, { a: 3 }],
          [{ a: 2 }, { a: 3 }],
        ])
        expect(plainRows(await engine.query('SELECT a; SELECT b'))).toEqual([{ a: 2 }, { a: 3 }])
        expect(spark.asked).toEqual(['SELECT a', 'CACHE TABLE x', 'SELECT b', 'SELECT a', 'SELECT b'])
      },
    ))

  it.each([
    ['is let go of where it is its own, though the address names one', true, ['(release)']],
    ['is left to the others where it was joined', undefined, []],
  ])('has a session that %s', (_, isAlone, told) =>
    withSpark({}, async ({ remote, asked }) => {
      const joined = `${remote}/;session_id=00112233-4455-6677-8899-aabbccddeeff`
      const engine = await openSpark({ ...options(joined), ...(isAlone && { isAlone }) })
      await engine.close()
      expect(asked).toEqual(told)
    }),
  )

  it('has the zone of the lake, and Arrow as it can be read', () =>
    withEngine({}, async (_, { settings }) => {
      expect(settings).toMatchObject({
        'spark.sql.session.timeZone': 'America/Sao_Paulo',
        'spark.sql.ansi.enabled': 'true',
        'spark.sql.execution.arrow.compression.codec': 'none',
        'spark.sql.execution.arrow.useLargeVarTypes': 'false',
      })
    }))

  it('gives instants of UTC in whatever zone it shows them', () => {
    const at = vectorFromArray([1_550_368_800_000], new TimestampMicrosecond('America/Sao_Paulo'))
    return withEngine({ statements: { 'SELECT at': { answer: [new Table({ at })] } } }, async engine => {
      const answer = await engine.query('SELECT at')
      expect(String(answer.schema.fields[0]?.type)).toBe('Timestamp<MICROSECOND, UTC>')
      expect(answer.getChild('at')?.get(0)).toBe(1_550_368_800_000)
    })
  })

  it('names files, of which none is taken for a pattern', () =>
    withEngine({}, async (engine, spark) => {
      await engine.nameFiles('files_of_x', ['file:/a b/[1]{x}*?.parquet', 's3a://b/c'], 'tag STRING')
      expect(spark.asked).toEqual([
        'files_of_x (tag STRING)',
        String.raw`file:/a b/\[1\]\{x\}\*\?.parquet`,
        's3a://b/c',
      ])
    }))

  it('tells how far it is', () => {
    const told: SparkProgress[] = []
    const onProgress = (progress: SparkProgress) => told.push(progress)
    return withEngine(
      { statements: { 'SELECT a': { answer: [one] } } },
      async engine => {
        await engine.query('SELECT a')
        expect(told).toEqual([{ tasks: 201, doneTasks: 12, bytesRead: 0 }])
      },
      { onProgress },
    )
  })

  it('is told to stop, and says that it was stopped', () =>
    withEngine({ statements: { 'SELECT ever': { hangs: true } } }, async (engine, spark) => {
      const stop = new AbortController()
      const asked = failure(engine.query('SELECT ever', stop.signal))
      while (spark.asked.length === 0) await new Promise(resolve => setTimeout(resolve, 5))
      stop.abort()
      const { code, message } = await asked
      expect([code, message]).toEqual([
        'E_INTERRUPTED',
        'the query was stopped before it had an answer; Spark was told',
      ])
      expect(spark.asked).toEqual(['SELECT ever', '(interrupt)'])
      expect((await failure(engine.query('SELECT a', stop.signal))).code).toBe('E_INTERRUPTED')
    }))

  it('lets go of its session', () =>
    withSpark({}, async spark => {
      await (await openSpark(options(spark.remote))).close()
      expect(spark.asked).toEqual(['(release)'])
    }))

  it('leaves a session alone that was there before', () =>
    withSpark({}, async spark => {
      const session = '00112233-4455-6677-8899-aabbccddeeff'
      await (await openSpark(options(`${spark.remote}/;session_id=${session}`))).close()
      expect(spark.asked).toEqual([])
    }))

  it('shows the place of a fault in the whole of the SQL', () =>
    withEngine(
      {
        statements: {
          'SELECT nope\nFROM x': {
            fails: {
              code: status.INTERNAL,
              details: '[UNRESOLVED_COLUMN] A column `nope` cannot be resolved. SQLSTATE: 42703; line 1 pos 7;\nplan',
            },
          },
        },
      },
      async engine => {
        const { code, message, at } = await failure(engine.queryAll('SELECT 1; SELECT nope\nFROM x'))
        expect([code, message, at]).toEqual([
          'E_USAGE',
          '[UNRESOLVED_COLUMN] A column `nope` cannot be resolved. SQLSTATE: 42703',
          17,
        ])
      },
    ))

  it('says that it is gone when it hangs up in the middle', () =>
    withEngine({ statements: { 'SELECT a': { dies: true } } }, async (engine, { address }) => {
      const { code, message } = await failure(engine.query('SELECT a'))
      expect([code, message.slice(0, message.lastIndexOf(':'))]).toEqual([
        'E_LAKE',
        `the Spark server at ${address} cannot be reached, or went away`,
      ])
    }))

  it('takes a token, and refuses a wrong one', () =>
    withSpark({ token: 'a secret' }, async ({ remote, address }) => {
      await (await openSpark(options(`${remote}/;token=a%20secret`))).close()
      for (const words of ['', '/;token=another']) {
        const { code, message, hint } = await failure(openSpark(options(`${remote}${words}`)))
        expect([code, message, hint]).toEqual([
          'E_REFUSED',
          `the Spark server at ${address} refuses: Invalid authentication token`,
          'check the token of the connection string',
        ])
      }
    }))

  it('refuses one that is too old', () =>
    withSpark({ version: '3.5.1' }, async ({ remote, address }) => {
      expect(await failure(openSpark(options(remote)))).toMatchObject({
        code: 'E_USAGE',
        message: `the Spark at ${address} is of version 3.5.1, and 4.0 is the first that does`,
      })
    }))

  it('refuses what is none', async () => {
    const server = createServer((_, response) => response.end('hello'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const { code, message } = await failure(openSpark(options(`sc://${address}`)))
    server.close()
    expect([code, message]).toEqual([
      'E_USAGE',
      `what listens at ${address} is no Spark Connect server of Spark 4: it speaks no gRPC`,
    ])
  })

  it('says that nobody is there', async () => {
    const address = await withSpark({}, async spark => spark.address)
    expect(await failure(openSpark(options(`sc://${address}`)))).toMatchObject({
      code: 'E_LAKE',
      message: `the Spark server at ${address} cannot be reached, or went away: connect ECONNREFUSED ${address}`,
    })
  })

  it('is not waited for by somebody who stops', async () => {
    // takes connections, and never says a word
    const server = (await import('node:net')).createServer(() => undefined)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const signal = AbortSignal.timeout(100)
    expect((await failure(openSpark({ ...options(`sc://${address}`), signal }))).code).toBe('E_INTERRUPTED')
    server.close()
  })

  it('gives texts with their types where there is no row', () =>
    withEngine(
      { statements: { 'SELECT t': { answer: [new Table({ t: vectorFromArray([] as string[], new Utf8()) })] } } },
      async engine => {
        const answer = await engine.query('SELECT t')
        expect([answer.numRows, answer.numCols]).toEqual([0, 1])
      },
    ))
})
