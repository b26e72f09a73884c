/** A Spark with its Connect server on loopback: a master, and executors that are processes of their own, as on a cluster. */
import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { peersPython } from './peers.ts'
import { WORK } from './places.ts'
import { run, TREE_LOOK_MS, watchTree } from './process.ts'

export interface SparkServer {
  /** `sc://…` */
  remote: string
  /** of all its processes, since it was started */
  measured(): { cpuSeconds: number; peakMegabytes: number }
  close(): Promise<void>
}

const PORT = 15_712
const START_MS = 90_000

/** @param memoryMb of each executor, which has one core; the driver has as much */
export async function openSparkServer({
  executors,
  memoryMb,
}: {
  executors: number
  memoryMb: number
}): Promise<SparkServer> {
  const where = await run([await peersPython(), '-c', 'import pyspark; print(pyspark.__path__[0])'])
  const home = where.stdout.trim()
  const folder = join(WORK, 'spark')
  const settings = {
    'spark.connect.grpc.binding.address': '127.0.0.1',
    'spark.connect.grpc.binding.port': PORT,
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.driver.memory': `${memoryMb}m`,
    'spark.executor.memory': `${memoryMb}m`,
    'spark.local.dir': folder,
    'spark.ui.enabled': false,
  }
  if (await answers())
    throw new Error(`something listens at port ${PORT} already, and would be taken for the Spark that is started`)
  const words = [
    join(home, 'bin/spark-submit'),
    ...['--class', 'org.apache.spark.sql.connect.service.SparkConnectServer'],
    ...['--master', `local-cluster[${executors},1,${memoryMb}]`],
    ...Object.entries(settings).flatMap(([name, value]) => ['--conf', `${name}=${value}`]),
    'spark-internal',
  ]
  const env = { ...process.env, SPARK_HOME: home, SPARK_LOCAL_IP: '127.0.0.1', SPARK_WORKER_DIR: folder }
  const child = Bun.spawn(words, {
    env,
    cwd: WORK,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: Bun.file(join(WORK, 'spark.log')),
  })
  const tree = watchTree(child.pid)
  const looking = setInterval(tree.look, TREE_LOOK_MS)
  const close = async () => {
    clearInterval(looking)
    child.kill()
    await child.exited
    rmSync(folder, { recursive: true, force: true })
  }
  const untilMs = performance.now() + START_MS
  while (!(await answers())) {
    if (child.exitCode === null && performance.now() < untilMs) {
      await Bun.sleep(200)
      continue
    }
    await close()
    throw new Error(`Spark did not start; ${join(WORK, 'spark.log')} says why`)
  }
  return {
    remote: `sc://127.0.0.1:${PORT}`,
    measured: () => ({ cpuSeconds: tree.cpuSeconds(), peakMegabytes: tree.peakMegabytes() }),
    close,
  }
}

function answers(): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(PORT, '127.0.0.1')
    const end = (does: boolean) => {
      socket.destroy()
      resolve(does)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}
