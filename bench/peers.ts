/** The programs that the benchmarks are measured beside, from PyPI, in an environment of their own outside the project. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { PEERS_FOLDER } from './places.ts'
import { run } from './process.ts'

const REQUIREMENTS = join(PEERS_FOLDER, 'requirements.txt')

/** Path of the Python that has the peers; the first time it is made and filled. */
export async function peersPython(): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12)
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  const folder = join(cache, 'twdw-bench', hash)
  const python = join(folder, 'bin', 'python')
  if (!existsSync(join(folder, 'ready'))) {
    await run(['python3', '-m', 'venv', '--clear', folder])
    await run([python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS])
    await Bun.write(join(folder, 'ready'), '')
  }
  return python
}

/** Path of DuckDB's own program; the command that pip puts beside it is a Python that starts it. */
export async function duckDbCli(): Promise<string> {
  const where = 'import duckdb_cli, os; print(os.path.dirname(duckdb_cli.__file__))'
  return join((await run([await peersPython(), '-c', where])).stdout.trim(), 'duckdb')
}

/** `duckdb 2.0.1` and the like. */
export function peerVersions(): Record<string, string> {
  const lines = readFileSync(REQUIREMENTS, 'utf8').split('\n')
  return Object.fromEntries(lines.flatMap(line => (line.includes('==') ? [line.split('==') as [string, string]] : [])))
}

/** Of their scripts in bench/peers. */
export const peerScript = (name: string) => join(PEERS_FOLDER, name)
