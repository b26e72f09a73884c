/** The executable and a Spark: what is sent goes over real sockets, to a server in this process. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Int32, Table, vectorFromArray } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { type Machine, SLOW_MS, withMachine } from '../support/executable.ts'
import { type FakeSpark, type FakeSparkPlan, openFakeSpark } from '../support/fake-spark.ts'
import { openQueryLake, readQueryLakeRows } from '../support/query-lake.ts'

const SQL = 'SELECT a FROM fact_tweet'
const ANSWER = { [SQL]: { answer: [new Table({ a: vectorFromArray([1, 2], new Int32()) })] } }
const hasOpenssl = (() => {
  try {
    return execFileSync('openssl', ['version']).length > 0
  } catch {
    return false
  }
})()

/** @param name as a certificate has it, such as `DNS:localhost` */
function selfSigned(folder: string, called: string, name: string) {
  const [keyFile, file] = [join(folder, `${called}.key`), join(folder, `${called}.pem`)]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
  const about = ['-days', '2', '-subj', `/CN=${called}`, '-addext', `subjectAltName=${name}`]
  execFileSync('openssl', ['req', '-x509', ...key, '-out', file, ...about], { stdio: 'ignore' })
  return { file, key: readFileSync(keyFile), certificate: readFileSync(file) }
}

const withSpark = (plan: FakeSparkPlan, work: (machine: Machine, spark: FakeSpark) => Promise<void>) =>
  withMachine(async machine => {
    const spark = await openFakeSpark(plan)
    await openQueryLake(machine.folder, readQueryLakeRows())
    await work(machine, spark).finally(spark.close)
  })

describe('the executable and a Spark', () => {
  it('brings its answer, and lets go of the session', { timeout: SLOW_MS }, () =>
    withSpark({ statements: ANSWER, token: 't' }, async ({ twdw, folder }, { remote, asked }) => {
      const env = { SPARK_REMOTE: `${remote}/;token=t` }
      const outcome = await twdw(['query', '--lake', 'lake', '--engine', 'spark', '--sql', SQL, '--quiet'], { env })
      expect(outcome).toEqual({ status: 0, stdout: 'a\n1\n2\n', stderr: '' })
      const files = asked.filter(path => path.startsWith('file:'))
      // hours that are not consolidated are there for as long as it takes
      expect(files.some(path => path.startsWith(`file:${folder}/lake/layer2/fact_tweet/`))).toBe(true)
      expect(files.some(path => path.startsWith(`file:${folder}/lake/_scratch/`))).toBe(true)
      expect(asked.slice(-2)).toEqual([SQL, '(release)'])
      expect(execFileSync('ls', [join(folder, 'lake')], { encoding: 'utf8' })).not.toContain('_scratch')
    }),
  )

  it('has it stop, and ends with status 130', { timeout: SLOW_MS }, () =>
    withSpark({ statements: { [SQL]: { hangs: true } } }, async ({ start, folder }, { remote, asked }) => {
      const { child, ended } = start(['query', '--lake', 'lake', '--engine', 'spark', '--remote', remote, '--sql', SQL])
      while (!asked.includes(SQL)) await new Promise(resolve => setTimeout(resolve, 20))
      child.kill('SIGINT')
      const { status, stdout, stderr } = await ended
      expect([status, stdout]).toEqual([130, ''])
      expect(stderr).toContain('twdw: the query was stopped before it had an answer; Spark was told\n')
      expect(asked.slice(-2)).toEqual(['(interrupt)', '(release)'])
      expect(execFileSync('ls', [join(folder, 'lake')], { encoding: 'utf8' })).not.toContain('_scratch')
    }),
  )

  it.skipIf(!hasOpenssl).each([
    ['by its name', 'localhost', 'DNS:localhost', 'DNS:elsewhere.example'],
    ['by its IP address', '127.0.0.1', 'IP:127.0.0.1', 'IP:127.0.0.2'],
  ])('talks to it encrypted %s, and only to whom it can trust', { timeout: SLOW_MS }, (_, host, right, wrong) =>
    withMachine(async ({ folder, twdw }) => {
      await openQueryLake(folder, readQueryLakeRows())
      const [mine, another] = [selfSigned(folder, 'mine', right), selfSigned(folder, 'another', wrong)]
      const ask = async (encrypted: ReturnType<typeof selfSigned>, trusted: string) => {
        const { remote, close } = await openFakeSpark({ statements: ANSWER, token: 't', encrypted })
        const address = remote.replace('sc://127.0.0.1', host)
        const words = ['query', '--lake', 'lake', '--engine', 'spark', '--sql', SQL, '--quiet']
        const env = { GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: trusted }
        const outcome = await twdw([...words, '--remote', `sc://${address}/;token=t;use_ssl=true`], { env })
        await close()
        return { ...outcome, stderr: outcome.stderr.replace(address, 'it').split('\n')[0] }
      }
      expect(await ask(mine, mine.file)).toEqual({ status: 0, stdout: 'a\n1\n2\n', stderr: '' })
      const unreachable = 'twdw: the Spark server at it cannot be reached, or went away: '
      expect(await ask(mine, another.file)).toEqual({
        status: 5,
        stdout: '',
        stderr: `${unreachable}self signed certificate`,
      })
      // of somebody else, though he can be trusted to be that
      const { status, stderr } = await ask(another, another.file)
      expect(status).toBe(5)
      expect(stderr).toContain(`${unreachable}Hostname/IP does not match certificate's altnames: `)
    }),
  )

  it('is refused by a wrong address, also where nothing is to be made', { timeout: SLOW_MS }, () =>
    withSpark({}, async ({ twdw }) => {
      expect(await twdw(['consolidate', '--lake', 'lake'])).toMatchObject({ status: 0 })
      const words = ['consolidate', '--lake', 'lake', '--engine', 'spark', '--remote', 'http://spark']
      const { status, stdout, stderr } = await twdw(words)
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
      expect(stderr).toMatch(/^twdw: .*it does not begin with sc:\/\/\n/)
    }),
  )

  it('knows nothing of gRPC when DuckDB answers', { timeout: SLOW_MS }, () =>
    withSpark({}, async ({ twdw }, { remote, asked }) => {
      // with these gRPC tells all that it does
      const env = { GRPC_VERBOSITY: 'DEBUG', GRPC_TRACE: 'all', SPARK_REMOTE: remote }
      const { status, stderr } = await twdw(['query', '--lake', 'lake', '--sql', 'SELECT 1', '--quiet'], { env })
      expect([status, stderr, asked]).toEqual([0, '', []])
    }),
  )
})
