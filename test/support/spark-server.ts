/** A Spark of one's own: its Connect server on loopback, by test/spark/serve.sh. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { join } from 'node:path'
import { splitSparkStatements } from '../../src/lib/domain/question/spark-statements.ts'
import type { SparkOptions } from '../../src/lib/io/spark/engine.ts'

const SERVE = join(import.meta.dirname, '..', 'spark', 'serve.sh')

export const sparkOptions = (remote: string): SparkOptions => ({
  remote,
  userId: 'a test',
  timeZone: 'America/Sao_Paulo',
  splitStatements: splitSparkStatements,
  onProgress: () => undefined,
  isFar: false,
})

export interface SparkServer {
  process: ChildProcess
  /** host:port */
  address: string
  remote: string
  /** at once, and those that it started with it */
  kill(): Promise<void>
}

/**
 * @param home the folder of the Python package
 * @param folder for what it writes into its working directory
 * @param words for spark-submit
 */
export async function startSparkServer(home: string, folder: string, words: string[] = []): Promise<SparkServer> {
  const port = await freePort()
  // a group of its own, which its executors are in as well
  const child = spawn('bash', [SERVE, home, String(port), 't', ...words], {
    cwd: folder,
    env: { ...process.env, SPARK_WORKER_DIR: folder },
    stdio: 'ignore',
    detached: true,
  })
  const ended = once(child, 'exit')
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error(`Spark ended with ${child.exitCode} before it listened`)
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  return {
    process: child,
    address: `127.0.0.1:${port}`,
    remote: `sc://127.0.0.1:${port}/;token=t`,
    async kill() {
      try {
        process.kill(-child.pid!, 'SIGKILL')
      } catch {
        // nothing of it is there any more
      }
      await ended
    },
  }
}

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
