/** How quickly a file of stream lines becomes a table: layer1 by twdw and by DuckDB, and a CSV by twarc-csv, which is what many use. */
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { memoryPanel, secondsPanel } from '../chart.ts'
import { demoFile } from '../lines.ts'
import {
  chartLines,
  digits,
  failureLines,
  machineLine,
  RUN_COLUMNS,
  ratioText,
  runRow,
  table,
  threadsText,
} from '../page.ts'
import { peerScript, peersPython } from '../peers.ts'
import { TWDW, WORK } from '../places.ts'
import { compared, inTurn, run } from '../process.ts'
import { readThrough } from '../read-through.ts'
import type { Section } from '../section.ts'
import type { Outcome } from '../statistics.ts'

type Size = {
  lines: number
  times: number
}

interface Figures {
  bytes: number
  twdw: Outcome
  duckdb: Outcome
  twarc: Outcome
  /** sentences about what was written */
  same: string[]
}

const PEERS = ['duckdb', 'twarc', 'twarc-csv', 'pandas', 'python']
/** It takes a minute, and differs little. */
const SLOW_TIMES = 2
/** Lines; a fifth quicker than the hundred that it takes by itself, and more are no quicker. */
const BATCH = '1000'
/** It leaves out a whole batch where one tweet has a column that it was not told of. */
const LONG_TWEETS = ['text', 'entities.hashtags', 'entities.urls', 'entities.mentions', 'entities.cashtags']

export const csv: Section<Size, Figures> = {
  name: 'csv',
  page: 'docs/benchmarks.md',
  about: 'files into a table, beside twarc-csv and DuckDB',
  minutes: 2.5,
  peers: PEERS,
  size: { lines: 100_000, times: 3 },
  smallSize: { lines: 2_000, times: 1 },

  async measure({ lines, times }, { say }) {
    const { path, bytes } = demoFile(lines, 300)
    await readThrough(path)
    const python = await peersPython()
    const targets = {
      twdw: join(WORK, 'csv-lake'),
      duckdb: join(WORK, 'csv.parquet'),
      twarc: join(WORK, 'twarc.csv'),
    }
    const twarc2 = [join(dirname(python), 'twarc2'), '--bearer-token', 'none', '--log', join(WORK, 'twarc.log')]
    const columns = LONG_TWEETS.map(name => `note_tweet.${name}`).join()
    const programs = {
      twdw: [TWDW, 'listen', '--source', 'replay', '--from', path, '--lake', targets.twdw, '--quiet'],
      duckdb: [python, peerScript('duckdb_layer1.py'), path, targets.duckdb],
      twarc: [
        ...twarc2,
        'csv',
        '--hide-progress',
        '--batch-size',
        BATCH,
        '--extra-input-columns',
        columns,
        path,
        targets.twarc,
      ],
    }
    const comparing = { duckdb: 'compare_layer1.py', twarc: 'compare_csv.py' }
    const same = new Map<string, string>()
    const outcomes = await inTurn(
      ['twdw', 'duckdb', 'twarc'],
      times,
      async name => {
        say(name)
        rmSync(targets[name], { recursive: true, force: true })
        const { stdout, ...measured } = await run(programs[name])
        if (name !== 'twdw' && !same.has(name)) {
          same.set(name, await compared([python, peerScript(comparing[name]), targets.twdw, targets[name]]))
        }
        return measured
      },
      { twarc: Math.min(times, SLOW_TIMES) },
    )
    return { bytes, ...outcomes, same: [...same].map(([name, sentence]) => `${NAMES[name]}: ${sentence}`) }
  },

  tell(results) {
    const { size, figures } = results
    const { twdw, duckdb, twarc } = figures
    return {
      csv: [
        `${digits(size.lines, 0)} demo lines, ${digits(figures.bytes / 1e6, 0)} MB; the file lies in memory. Whole processes in turn, their start included; medians of ${size.times} (twarc-csv: ${Math.min(size.times, SLOW_TIMES)}).`,
        `twdw and DuckDB have ${threadsText(results)} each, twarc-csv has one, and is given a thousand lines at a time.`,
        '',
        ...chartLines('csv', 'seconds and peak memory of twdw, DuckDB and twarc-csv'),
        ...table(RUN_COLUMNS, [
          runRow('twdw: layer1', size.lines, twdw),
          runRow('DuckDB: the same columns as Parquet', size.lines, duckdb),
          runRow('twarc-csv: CSV', size.lines, twarc),
        ]),
        '',
        ...failureLines({ DuckDB: duckdb, 'twarc-csv': twarc }),
        `twarc-csv takes ${ratioText(twarc, twdw)} times as long as twdw, and twdw ${ratioText(twdw, duckdb)} times as long as DuckDB.`,
        ...figures.same,
        '',
        machineLine(results, PEERS),
      ],
    }
  },

  charts({ size, figures: { twdw, duckdb, twarc } }) {
    const outcomes = [
      ['twdw', twdw],
      ['DuckDB', duckdb],
      ['twarc-csv', twarc],
    ] as const
    return {
      csv: {
        title: `${digits(size.lines, 0)} lines into a table`,
        columns: 2,
        panels: [secondsPanel('seconds', outcomes), memoryPanel('peak memory, MB', outcomes)],
      },
    }
  },
}

const NAMES: Readonly<Record<string, string>> = { duckdb: 'DuckDB', twarc: 'twarc-csv' }
