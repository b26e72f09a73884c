/**
 * How quickly a file of stream lines becomes layer1, `raw` included, beside DuckDB's JSON reader writing the same columns.
 *
 * `bun bench/replay.ts [--lines 1000000] [--times 3] [--write]`
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { demoFile, WORK } from './lines.ts'
import { machineText, TWDW } from './machine.ts'
import { digits, RUN_COLUMNS, rowOf, table, writeSection } from './page.ts'
import { peerScript, peersPython, peerVersions } from './peers.ts'
import { inTurn, median, run } from './process.ts'

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '1000000' },
    times: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
  },
})
const lines = Number(values.lines)
const { path, bytes } = demoFile(lines, 300)
const lake = join(WORK, 'replay-lake')
const target = join(WORK, 'duckdb.parquet')
const python = await peersPython()

const commands = {
  twdw: [TWDW, 'listen', '--source', 'replay', '--from', path, '--lake', lake, '--quiet'],
  DuckDB: [python, peerScript('duckdb_layer1.py'), path, target],
}
const names = Object.keys(commands) as (keyof typeof commands)[]
const runs = await inTurn(names, Number(values.times), async name => {
  await rm(name === 'twdw' ? lake : target, { recursive: true, force: true })
  return run(commands[name])
})

const same = await run([python, peerScript('compare_layer1.py'), lake, target])
const rows = names.map(name => rowOf(name, lines, runs[name]))
const ratio = median(runs.twdw.map((mine, i) => mine.wallSeconds / runs.DuckDB[i]!.wallSeconds))
const report = [
  `${digits(lines, 0)} demo lines, ${digits(bytes / 1e6, 0)} MB, one hour. Whole processes in turn, medians of ${values.times}.`,
  '',
  ...table(RUN_COLUMNS, rows),
  '',
  `twdw takes ${digits(ratio, 2)} times as long as DuckDB. ${same.stdout.trim()}`,
  '',
  machineText([`DuckDB ${peerVersions().duckdb}`]),
]
console.log(report.join('\n'))
if (values.write) writeSection('replay', report)
