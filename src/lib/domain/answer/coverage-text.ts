/** Coverage for a person: a table of minutes by hour and rule, and below it what the numbers leave out. */
import type { HourCoverage } from '../coverage.ts'
import type { Cells } from './cells.ts'
import { drawTable } from './text-table.ts'

const MINUTE_MS = 60_000

/**
 * @param rows  from `hoursOf`
 * @param width of the terminal in cells; undefined: nothing is cut
 */
export function coverageToText(rows: readonly HourCoverage[], width?: number): string {
  if (rows.length === 0) return 'nothing was listened to\n'
  const isCounted = rows.some(({ counts }) => counts !== undefined)
  const isShared = sharedNames(rows)
  const columns = [
    textColumn('hour (UTC)', rows, ({ hour }) => hour),
    textColumn('rule', rows, ({ rule }) => (isShared.has(rule.name) ? rule.value : rule.name)),
    numberColumn('captured', rows, ({ capturedMs }) => minutesText(capturedMs)),
    numberColumn('filled', rows, ({ filledMs }) => minutesText(filledMs)),
    numberColumn('missing', rows, ({ missingMs }) => minutesText(missingMs)),
    ...(isCounted ? countColumns(rows) : []),
  ]
  const table = drawTable(columns, rows.length, { width, isTerminal: width !== undefined })
  return [...table, ...notesOf(rows, isCounted).map(note => `${note}\n`)].join('')
}

function countColumns(rows: readonly HourCoverage[]): Cells[] {
  return [
    numberColumn('stored', rows, ({ counts }) => countText(counts?.stored)),
    numberColumn('counted', rows, ({ counts }) => countText(counts?.counted)),
    numberColumn('ratio', rows, ({ counts }) => {
      // of nothing there is no share
      if (counts === undefined || counts.counted === 0) return ''
      return `${((100 * counts.stored) / counts.counted).toFixed(1)} %`
    }),
  ]
}

/** In words, for none of it is in the numbers. */
function notesOf(rows: readonly HourCoverage[], isCounted: boolean): string[] {
  const sumOf = (key: 'filledMs' | 'onPurposeMs') => rows.reduce((sumMs, row) => sumMs + row[key], 0)
  const [filledMs, onPurposeMs] = [sumOf('filledMs'), sumOf('onPurposeMs')]
  return [
    'minutes of each hour since a rule was first listened to',
    ...(filledMs > 0
      ? ["filled by X's search, which has no retweets, and of an edited tweet the last version only"]
      : []),
    ...(onPurposeMs > 0 ? [`missing on purpose: ${minutesText(onPurposeMs)}, after a person ended the listening`] : []),
    ...(isCounted
      ? ['stored and counted are without retweets, which X does not count; X counts quotes and accents in its own way']
      : []),
  ]
}

/** Two rules may have one name, such as a hashtag before and after a language was named: then the rule itself is shown. */
function sharedNames(rows: readonly HourCoverage[]): ReadonlySet<string> {
  const rules = new Map(rows.map(({ rule }) => [rule.value, rule.name]))
  const names = [...rules.values()].sort()
  return new Set(names.filter((name, i) => name === names[i - 1]))
}

/** `60`, `59.5`, `<0.1`: to a tenth, and never 0 for something. */
export function minutesText(ms: number): string {
  const tenths = Math.round((10 * ms) / MINUTE_MS)
  return tenths === 0 && ms > 0 ? '<0.1' : (tenths / 10).toLocaleString('en-US')
}

function countText(count: number | undefined): string {
  return count === undefined ? '' : count.toLocaleString('en-US')
}

function textColumn(name: string, rows: readonly HourCoverage[], textOf: (row: HourCoverage) => string): Cells {
  const text = (row: number) => textOf(rows[row]!)
  return { name, isNumeric: false, text, json: row => JSON.stringify(text(row)) }
}

function numberColumn(name: string, rows: readonly HourCoverage[], textOf: (row: HourCoverage) => string): Cells {
  return { ...textColumn(name, rows, textOf), isNumeric: true }
}
