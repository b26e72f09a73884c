/** In groups of how many rows the aggregates of a day had best lie: one tag of a year of files, by DuckDB's CLI. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LAYER2 } from '../../src/lib/domain/layer2.ts'
import { parquetToTable, tableToParquet } from '../../src/lib/io/parquet.ts'
import { digits, machineLine, table } from '../page.ts'
import { duckDbCli } from '../peers.ts'
import { THREADS, WORK } from '../places.ts'
import { inTurn, run } from '../process.ts'
import type { Section } from '../section.ts'
import { isFailure, type Outcome, type Timing } from '../statistics.ts'
import { daysLake } from '../year-lake.ts'

type Size = {
  days: number
  tweetsADay: number
  /** rows of a group, each tried */
  groups: readonly number[]
  times: number
}

interface Layout {
  groupRows: number
  /** of a day's file, on average */
  bytes: number
  tracked: Timing
  rare: Timing
}

interface Figures {
  layouts: Layout[]
}

const TABLE = 'agg_hashtag_hour'
const TAGS = { tracked: 'covid19', rare: 'tag_77' }
/** Different days, each under many names. */
const DAYS = 10
const PEERS = ['duckdb-cli']

export const tagGroups: Section<Size, Figures> = {
  name: 'tag-groups',
  page: 'docs/parquet.md',
  about: 'row groups of the aggregates, as DuckDB reads them',
  minutes: 0.8,
  peers: PEERS,
  size: { days: 365, tweetsADay: 54_795, groups: [2_048, 4_096, 8_192, 16_384, 131_072], times: 9 },
  smallSize: { days: 12, tweetsADay: 2_000, groups: [2_048, 8_192], times: 1 },

  async measure({ days, tweetsADay, groups, times }, { say }) {
    const lake = await daysLake(days, tweetsADay)
    const duckDb = await duckDbCli()
    const sizes: number[] = []
    for (const groupRows of groups) {
      say(`files in groups of ${groupRows}`)
      sizes.push(await makeFiles(lake, groupRows, days))
    }
    const asked = groups.flatMap(groupRows =>
      Object.entries(TAGS).map(([kind, tag]) => ({ name: `${groupRows} ${kind}`, groupRows, tag })),
    )
    const ask = (name: string) => {
      const { groupRows, tag } = asked.find(each => each.name === name)!
      const files = `read_parquet('${folderOf(groupRows)}/*.parquet')`
      const sql = `SELECT local_date, sum(tweets) FROM ${files} WHERE tag = '${tag}' GROUP BY ALL`
      return run([duckDb, '-c', `SET threads = ${THREADS}; ${sql}`])
    }
    // once beforehand: what is read then lies in memory
    for (const { name } of asked) await ask(name)
    say('questions')
    const outcomes = await inTurn(
      asked.map(({ name }) => name),
      times,
      ask,
    )
    const timing = (name: string): Timing => timed(outcomes[name]!)
    return {
      layouts: groups.map((groupRows, i) => ({
        groupRows,
        bytes: Math.round(sizes[i]!),
        tracked: timing(`${groupRows} tracked`),
        rare: timing(`${groupRows} rare`),
      })),
    }
  },

  tell(results) {
    const cells = ({ median }: Timing) => [digits(median.seconds * 1000, 0), digits((median.cpuSeconds ?? 0) * 1000, 0)]
    return {
      'tag-groups': [
        ...table(
          ['rows of a group', 'a day, kB', 'a tracked tag, ms', 'CPU ms', 'a rare one, ms', 'CPU ms'],
          results.figures.layouts.map(({ groupRows, bytes, tracked, rare }) => [
            digits(groupRows, 0),
            digits(bytes / 1000, 0),
            ...cells(tracked),
            ...cells(rare),
          ]),
        ),
        '',
        machineLine(results, PEERS),
      ],
    }
  },

  charts: () => ({}),
}

function timed(outcome: Outcome): Timing {
  if (isFailure(outcome)) throw new Error(outcome.failed)
  return outcome
}

/** A folder with as many files as there are days, of some different days. @returns bytes of one, on average */
async function makeFiles(lake: string, groupRows: number, files: number): Promise<number> {
  const folder = folderOf(groupRows)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  let bytes = 0
  const some = Math.min(DAYS, files)
  for (let i = 0; i < some; i++) {
    const date = new Date(Date.parse('2023-01-01') + (Math.floor(files / 5) + i) * 86_400_000)
      .toISOString()
      .slice(0, 10)
    const day = await parquetToTable(readFileSync(join(lake, 'layer2', TABLE, `utc_date=${date}`, 'part-0.parquet')))
    const file = await tableToParquet(day, { ...LAYER2[TABLE], groupRows })
    bytes += file.length
    writeFileSync(join(folder, `${i}.parquet`), file)
  }
  for (let i = some; i < files; i++) linkSync(join(folder, `${i % some}.parquet`), join(folder, `${i}.parquet`))
  return bytes / some
}

function folderOf(groupRows: number): string {
  return join(WORK, `tag-groups-${groupRows}`)
}
