import { describe, expect, it } from 'vitest'
import {
  failureLines,
  fillMarker,
  machineLine,
  memoryCell,
  millisecondsCell,
  ratioText,
  runRow,
  secondsCell,
  table,
} from '../../bench/page.ts'
import { timingOf } from '../../bench/statistics.ts'

const timing = (...seconds: number[]) =>
  timingOf(seconds.map(each => ({ seconds: each, cpuSeconds: each * 1.5, peakMegabytes: 1000 * each })))
const NO_JAVA = { failed: 'no Java <17>\n| here' }

describe('a page', () => {
  const page = 'before\n<!-- bench: a -->\nold\n<!-- end -->\nbetween\n<!-- bench: b -->\n<!-- end -->\nafter\n'

  it('gets new lines in one place and keeps all others', () => {
    expect(fillMarker(page, 'a', ['new', 'lines'])).toBe(page.replace('old', 'new\nlines'))
    expect(fillMarker(page, 'b', ['new'])).toBe(page.replace('b -->\n', 'b -->\nnew\n'))
  })

  it('without the place is refused', () => {
    expect(() => fillMarker(page, 'c', [])).toThrow(new Error('the page has no <!-- bench: c -->'))
  })
})

describe('a row', () => {
  it('has medians, and of memory the most', () => {
    expect(runRow('twdw', 1_000_000, timing(11.1, 11.2, 11.3))).toEqual(['twdw', '11.2', '89,286', '16.8', '11,300'])
  })

  it('says how far runs are apart where that is much', () => {
    expect(secondsCell(timing(30, 36, 41))).toBe('36.0 (30.0–41.0)')
    expect(millisecondsCell(timing(0.1, 0.15, 0.2))).toBe('150 (100–200)')
  })

  it('says what failed, and has a dash for what was not measured', () => {
    expect(runRow('PySpark', 1000, NO_JAVA)).toEqual(['PySpark', 'failed', '–', '–', '–'])
    expect([secondsCell(undefined), memoryCell(undefined), ratioText(timing(1), NO_JAVA)]).toEqual(['–', '–', '–'])
  })

  it('stands in a table with numbers to the right', () => {
    expect(table(['', 's'], [['twdw', '1']])).toEqual(['|  | s |', '| --- | ---: |', '| twdw | 1 |'])
  })
})

describe('below a table', () => {
  it('stands why a program failed, on one line that cannot break the page', () => {
    expect(failureLines({ twdw: timing(1), PySpark: NO_JAVA })).toEqual([
      'PySpark failed: no Java &lt;17> \\| here',
      '',
    ])
  })

  it('stands nothing when none did', () => {
    expect(failureLines({ twdw: timing(1), PySpark: undefined })).toEqual([])
  })
})

describe('the last line', () => {
  const machine = { processors: 2, model: 'A', memoryGiB: 24, platform: 'linux x64', kernel: '6', loadBefore: 3 }
  const versions = { twdw: '0.1.0', bun: '1.4.5', duckdb: '2.0.1', node: '20.1.0' }
  const measuredAt = '2026-11-26T10:00:00Z'

  it('names the machine, who was measured and when', () => {
    const quiet = { ...machine, busyBefore: 0.1 }
    expect(machineLine({ machine: quiet, versions, measuredAt }, ['duckdb', 'java'])).toBe(
      '2 × A, 24 GiB, linux x64; twdw 0.1.0, Bun 1.4.5, DuckDB 2.0.1; 2026-11-26',
    )
  })

  it('says when others were at work', () => {
    const busy = { ...machine, busyBefore: 1.9 }
    expect(machineLine({ machine: busy, versions, measuredAt }, [])).toBe(
      '2 × A, 24 GiB, linux x64; twdw 0.1.0, Bun 1.4.5; 2026-11-26; others were at work when it began (1.9 processors)',
    )
  })
})
