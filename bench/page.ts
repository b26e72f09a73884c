/** Markdown of figures, and the pages that they stand in. Values in, values out. */

import { QUIET, type Results, type Section } from './section.ts'
import { isFailure, isWide, type Outcome, ratioOf, type Timing } from './statistics.ts'

/** @param lines Markdown that takes the place of what the marker had. @throws Error when the page has no such marker */
export function fillMarker(page: string, name: string, lines: readonly string[]): string {
  const [begin, end] = [`<!-- bench: ${name} -->\n`, '<!-- end -->']
  const start = page.indexOf(begin)
  if (start === -1) throw new Error(`the page has no <!-- bench: ${name} -->`)
  const rest = page.indexOf(end, start)
  return `${page.slice(0, start + begin.length)}${lines.join('\n')}\n${page.slice(rest)}`
}

/** A page with what a section tells of its results. */
export function fillSection(page: string, section: Section, results: Results): string {
  const told = Object.entries(section.tell(results))
  return told.reduce((filled, [name, lines]) => fillMarker(filled, name, lines), page)
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)]
}

export const digits = (value: number, fraction: number) =>
  value.toLocaleString('en-US', { minimumFractionDigits: fraction, maximumFractionDigits: fraction })

export const NONE = '–'

/** What a reader compares: seconds where it takes some, else with more digits. */
export function secondsText(seconds: number): string {
  return digits(seconds, seconds < 10 ? 2 : 1)
}

/** The median, and from the quickest to the slowest run where these are far apart. */
export function secondsCell(outcome: Outcome | undefined): string {
  return spreadCell(outcome, secondsText)
}

/** The same in milliseconds. */
export function millisecondsCell(outcome: Outcome | undefined): string {
  return spreadCell(outcome, seconds => digits(seconds * 1000, 0))
}

function spreadCell(outcome: Outcome | undefined, text: (seconds: number) => string): string {
  if (outcome === undefined) return NONE
  if (isFailure(outcome)) return 'failed'
  const { median, least, most } = outcome
  const spread = isWide(outcome) ? ` (${text(least.seconds)}–${text(most.seconds)})` : ''
  return `${text(median.seconds)}${spread}`
}

/** @param text of what is known of a timing; null is not known */
export function cell(outcome: Outcome | undefined, text: (timing: Timing) => string | null): string {
  return outcome === undefined || isFailure(outcome) ? NONE : (text(outcome) ?? NONE)
}

export const cpuCell = (outcome: Outcome | undefined) =>
  cell(outcome, ({ median }) => (median.cpuSeconds === null ? null : secondsText(median.cpuSeconds)))

export const memoryCell = (outcome: Outcome | undefined) =>
  cell(outcome, ({ most }) => (most.peakMegabytes === null ? null : digits(most.peakMegabytes, 0)))

export const RUN_COLUMNS = ['', 'seconds', 'tweets/s', 'CPU seconds', 'peak memory, MB']

/** Name, seconds, tweets a second, CPU seconds, peak memory: medians, and of memory the most. */
export function runRow(name: string, tweets: number, outcome: Outcome | undefined): string[] {
  const rate = cell(outcome, ({ median }) => digits(tweets / median.seconds, 0))
  return [name, secondsCell(outcome), rate, cpuCell(outcome), memoryCell(outcome)]
}

/** Such as `1.59 times`; a dash where one of the two has no times. */
export function ratioText(some: Outcome, other: Outcome): string {
  const ratio = ratioOf(some, other)
  return ratio === undefined ? NONE : digits(ratio, ratio < 10 ? 2 : 0)
}

/** Why some have no figures: nothing when all have. Ends with an empty line when there is something. */
export function failureLines(outcomes: Readonly<Record<string, Outcome | undefined>>): string[] {
  const failed = Object.entries(outcomes).flatMap(([name, outcome]) =>
    outcome !== undefined && isFailure(outcome) ? [`${name} failed: ${oneLine(outcome.failed)}`] : [],
  )
  return failed.length === 0 ? [] : [...failed.flatMap(line => [line, ''])]
}

/** A drawing as light and dark pages have it. @param about what it shows, for those who do not see it */
export function chartLines(name: string, about: string): string[] {
  return [
    '<picture>',
    `<source media="(prefers-color-scheme: dark)" srcset="benchmarks/${name}.dark.svg">`,
    `<img alt="${about}" src="benchmarks/${name}.svg">`,
    '</picture>',
    '',
  ]
}

type Measured = Pick<Results, 'machine' | 'versions' | 'measuredAt'>

/** The last line of a section: machine, versions, day, and whether others were at work. */
export function machineLine({ machine, versions, measuredAt }: Measured, peers: readonly string[]): string {
  const named = ['twdw', 'bun', ...peers].flatMap(name => {
    const version = versions[name]
    return version === undefined ? [] : [`${SPELLED[name] ?? name} ${version}`]
  })
  const { processors, model, memoryGiB, platform, busyBefore } = machine
  const busy = busyBefore > QUIET ? `; others were at work when it began (${digits(busyBefore, 1)} processors)` : ''
  return `${processors} × ${model}, ${memoryGiB} GiB, ${platform}; ${named.join(', ')}; ${measuredAt.slice(0, 10)}${busy}`
}

/** How many everybody has, who has not more of its own. */
export function threadsText({ machine: { processors } }: Measured): string {
  return processors === 1 ? '1 thread' : `${Math.min(processors, MOST_THREADS)} threads`
}

/** Of twdw, and so of all. */
const MOST_THREADS = 8

const SPELLED: Readonly<Record<string, string>> = {
  bun: 'Bun',
  node: 'Node',
  python: 'Python',
  java: 'Java',
  duckdb: 'DuckDB',
  'duckdb-cli': 'DuckDB CLI',
  polars: 'Polars',
  pyspark: 'PySpark',
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;')
}
