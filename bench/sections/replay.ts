/** How quickly a file of stream lines becomes layer1, `raw` included, beside DuckDB's JSON reader writing the same columns. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
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
  /** a sentence about what both wrote */
  same: string
}

const PEERS = ['duckdb']

export const replay: Section<Size, Figures> = {
  name: 'replay',
  page: 'docs/benchmarks.md',
  about: 'files into layer1, beside DuckDB',
  minutes: 2.5,
  peers: PEERS,
  size: { lines: 1_000_000, times: 3 },
  smallSize: { lines: 20_000, times: 1 },

  async measure({ lines, times }, { say }) {
    const { path, bytes } = demoFile(lines, 300)
    await readThrough(path)
    const [lake, target] = [join(WORK, 'replay-lake'), join(WORK, 'duckdb.parquet')]
    const python = await peersPython()
    const programs = {
      twdw: [TWDW, 'listen', '--source', 'replay', '--from', path, '--lake', lake, '--quiet'],
      duckdb: [python, peerScript('duckdb_layer1.py'), path, target],
    }
    let same = ''
    const outcomes = await inTurn(['twdw', 'duckdb'], times, async name => {
      say(name)
      await rm(name === 'twdw' ? lake : target, { recursive: true, force: true })
      const measured = await run(programs[name])
      if (name !== 'twdw' && same === '') {
        same = await compared([python, peerScript('compare_layer1.py'), lake, target])
      }
      return measured
    })
    return { bytes, ...outcomes, same }
  },

  tell(results) {
    const { size, figures } = results
    const { twdw, duckdb } = figures
    return {
      replay: [
        `${digits(size.lines, 0)} demo lines, ${digits(figures.bytes / 1e6, 0)} MB, one hour; the file lies in memory. Whole processes in turn, their start included,`,
        `with ${threadsText(results)}; medians of ${size.times}.`,
        '',
        ...chartLines('replay', 'seconds and peak memory of twdw and DuckDB'),
        ...table(RUN_COLUMNS, [runRow('twdw', size.lines, twdw), runRow('DuckDB', size.lines, duckdb)]),
        '',
        ...failureLines({ DuckDB: duckdb }),
        `twdw takes ${ratioText(twdw, duckdb)} times as long as DuckDB. ${figures.same}`,
        '',
        machineLine(results, PEERS),
      ],
    }
  },

  charts({ size, figures: { twdw, duckdb } }) {
    const outcomes = [
      ['twdw', twdw],
      ['DuckDB', duckdb],
    ] as const
    return {
      replay: {
        title: `${digits(size.lines, 0)} lines into Parquet`,
        columns: 2,
        panels: [secondsPanel('seconds', outcomes), memoryPanel('peak memory, MB', outcomes)],
      },
    }
  },
}
