/**
 * In groups of how many rows the aggregates of a day had best lie: one tag of a year of files, by DuckDB's CLI.
 *
 * `bun bench/tag-groups.ts [--write]`
 */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { LAYER2 } from '../src/lib/domain/layer2.ts'
import { parquetToTable, tableToParquet } from '../src/lib/io/parquet.ts'
import { WORK } from './lines.ts'
import { digits, table, writeSection } from './page.ts'
import { duckDbCli } from './peers.ts'
import { inTurn, median, run } from './process.ts'
import { daysLake } from './year-lake.ts'

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })
const lake = await daysLake(365, 54_795)
const duckDb = await duckDbCli()
const GROUPS = [2_048, 4_096, 8_192, 16_384, 131_072]
const FILES = 365
const name = 'agg_hashtag_hour'

const days = await Promise.all(
  Array.from({ length: 10 }, (_, i) =>
    parquetToTable(readFileSync(join(lake, 'layer2', name, `utc_date=2023-03-${10 + i}`, 'part-0.parquet'))),
  ),
)

/** A folder with as many files as a year has days, of ten different days. @returns bytes of one, on average */
async function makeFiles(groupRows: number): Promise<number> {
  const folder = folderOf(groupRows)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  let bytes = 0
  for (const [i, day] of days.entries()) {
    const file = await tableToParquet(day, { ...LAYER2[name], groupRows })
    bytes += file.length
    writeFileSync(join(folder, `${i}.parquet`), file)
  }
  for (let i = days.length; i < FILES; i++)
    linkSync(join(folder, `${i % days.length}.parquet`), join(folder, `${i}.parquet`))
  return bytes / days.length
}

function folderOf(groupRows: number): string {
  return join(WORK, `tag-groups-${groupRows}`)
}

const sizes = new Map<number, number>()
for (const groupRows of GROUPS) sizes.set(groupRows, await makeFiles(groupRows))
const ask = (groupRows: number, tag: string) => {
  const files = `read_parquet('${folderOf(groupRows)}/*.parquet')`
  return run([
    duckDb,
    '-c',
    `SET threads = 2; SELECT local_date, sum(tweets) FROM ${files} WHERE tag = '${tag}' GROUP BY ALL`,
  ])
}
const names = GROUPS.flatMap(groupRows => [`${groupRows} covid19`, `${groupRows} tag_77`])
for (const each of names) await ask(Number(each.split(' ')[0]), each.split(' ')[1]!)
const runs = await inTurn(names, 9, each => ask(Number(each.split(' ')[0]), each.split(' ')[1]!))
const figures = (each: string) => [
  digits(median(runs[each]!.map(({ wallSeconds }) => wallSeconds)) * 1000, 0),
  digits(median(runs[each]!.map(({ cpuSeconds }) => cpuSeconds)) * 1000, 0),
]
const report = table(
  ['rows of a group', 'a day, kB', 'a tracked tag, ms', 'CPU ms', 'a rare one, ms', 'CPU ms'],
  GROUPS.map(groupRows => [
    digits(groupRows, 0),
    digits(sizes.get(groupRows)! / 1000, 0),
    ...figures(`${groupRows} covid19`),
    ...figures(`${groupRows} tag_77`),
  ]),
)
console.log(report.join('\n'))
if (values.write) writeSection('tag-groups', report, 'docs/parquet.md')
