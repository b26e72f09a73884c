/**
 * Pivot: one of an answer's columns laid across, a column for each of its values.
 *
 * What has an id and a name is called by its name, and by its id where it has none; tags keep their `#`, so that no heading
 * is mistaken for another column.
 */
import type { Table } from 'apache-arrow'
import { TwdwError } from '../../errors.ts'
import {
  type Column,
  columnsOfAnswer,
  compareRows,
  compareValues,
  isTimeRole,
  keyOf,
  type Row,
  readRows,
  rowsToTable,
  type Value,
} from './answer-rows.ts'
import { dayToText, instantToLocalText, offsetsByDay, type Zone } from './local-time.ts'
import { type ByColumn, columnNameOf, keysOfPreset, type Preset } from './preset.ts'

/** More columns are no table that anybody reads. */
const MAX_COLUMNS = 200

/** Which one is laid across. */
function pivotedKey(preset: Preset): ByColumn | 'tag' {
  const { pivot } = preset
  return pivot === undefined || pivot === 'last' ? keysOfPreset(preset).at(-1)! : pivot
}

function isTagAcross(preset: Preset): boolean {
  return pivotedKey(preset) === 'tag'
}

/** A key's own column, and those of its names. */
function columnNamesOf(key: ByColumn | 'tag'): string[] {
  if (key === 'user') return [columnNameOf(key), 'username']
  if (key === 'place') return [columnNameOf(key), 'place', 'country_code']
  return [key === 'tag' ? key : columnNameOf(key)]
}

/** Where its values stand in a row. */
export function pivotPlaces(columns: readonly Column[], preset: Preset): number[] {
  const names = columnNamesOf(pivotedKey(preset))
  return columns.flatMap(({ name }, i) => (names.includes(name) ? [i] : []))
}

/** Place of the first column of an answer that is a count. */
export function firstCountOf(preset: Preset): number {
  const across = preset.pivot === undefined ? undefined : pivotedKey(preset)
  return keysOfPreset(preset)
    .filter(key => key !== across)
    .flatMap(columnNamesOf).length
}

/** Rows under one heading, or of one line. */
interface Group {
  values: Row
  /** undefined where nothing of it is known */
  total: bigint | null
}

/**
 * @param answer of fillSeries, in which a series that has a row for one heading has one for each unless `--top` has chosen
 * @returns      a row for each combination of the other columns. A combination that the answer has not is 0, but with
 *               `--top`, which left it out, it is null
 * @throws TwdwError E_USAGE for more than 200 headings
 */
export function pivotTable(answer: Table, preset: Preset, zone: Zone): Table {
  const columns = columnsOfAnswer(answer, preset)
  const across = pivotPlaces(columns, preset)
  const countPlace = columns.findIndex(({ role }) => role === 'count')
  const down = columns.flatMap((_, i) => (i === countPlace || across.includes(i) ? [] : [i]))
  const rows = readRows(answer, columns)
  const headings = headingsOf(groupsBy(rows, across, countPlace), columns[across[0]!]!, preset)
  checkHeadings(headings.length, pivotedKey(preset))

  const cells = new Map(rows.map(row => [cellKey(row, down, across), row[countPlace]!]))
  const absent: Value = preset.top === undefined ? 0n : null
  const keys = down.map(place => columns[place]!)
  const names = headingNames(headings, keys, pivotedKey(preset), zone)
  const sorted = groupsBy(rows, down, countPlace)
    .map(({ values, total }): Row => [...values, total])
    .sort(compareRows([...keys, columns[countPlace]!], isTagAcross(preset) ? { ...preset, tags: [] } : preset))
  const laid = sorted.map((group): Row => {
    const values = group.slice(0, -1)
    const counts = headings.map(heading => {
      const count = cells.get(`${keyOf(values)}\n${keyOf(heading.values)}`)
      return count === undefined ? absent : count
    })
    return [...values, ...counts]
  })
  return rowsToTable(laid, [...keys, ...names.map((name): Column => ({ name, role: 'count' }))], zone)
}

function cellKey(row: Row, down: readonly number[], across: readonly number[]): string {
  return `${keyOf(down.map(place => row[place]!))}\n${keyOf(across.map(place => row[place]!))}`
}

/** Distinct values at the places, each with the sum of what is known of it. */
function groupsBy(rows: readonly Row[], places: readonly number[], countPlace: number): Group[] {
  const groups = new Map<string, Group>()
  for (const row of rows) {
    const values = places.map(place => row[place]!)
    const key = keyOf(values)
    const group = groups.get(key) ?? { values, total: null }
    const count = row[countPlace]!
    if (count !== null) group.total = (group.total ?? 0n) + BigInt(count)
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** Times as they passed; things by how much there is of them unless `--order` says otherwise, of equals by their values. */
function headingsOf(groups: readonly Group[], column: Column, preset: Preset): Group[] {
  const order = isTimeRole(column.role) ? 'key' : (preset.order ?? 'most')
  const byKey = (a: Group, b: Group) =>
    a.values.map((value, i) => compareValues(value, b.values[i]!)).find(Boolean) ?? 0
  if (order === 'key') return groups.toSorted(byKey)
  const sign = order === 'most' ? -1 : 1
  return groups.toSorted((a, b) => sign * compareValues(a.total ?? 0n, b.total ?? 0n) || byKey(a, b))
}

function checkHeadings(count: number, key: string): void {
  if (count <= MAX_COLUMNS) return
  const sentence = `--pivot would make ${count.toLocaleString('en-US')} columns of ${key}, and the limit is ${MAX_COLUMNS}`
  throw new TwdwError('E_USAGE', sentence, {
    hint: 'keep some with --top, narrow the question, or pivot another column',
  })
}

/** @param values of the key's columns, its own first */
function headingText(values: Row, key: ByColumn | 'tag', zone: Zone): string {
  const [value = null, name = null] = values
  if (value === null) return 'null'
  switch (key) {
    case 'hour':
      return instantToLocalText(Number(value), offsetsByDay(zone.clock))
    case 'day':
    case 'week':
      return dayToText(Number(value))
    case 'tag':
    case 'hashtag':
      return `#${value}`
    case 'user':
      return name === null ? String(value) : `@${name}`
    case 'place':
      return String(name ?? value)
    default:
      return String(value)
  }
}

/** Two places may be called alike, and a rule as a column is: the later one has its id too, or a number. */
function headingNames(
  headings: readonly Group[],
  keys: readonly Column[],
  key: ByColumn | 'tag',
  zone: Zone,
): string[] {
  const taken = new Set(keys.map(({ name }) => name))
  return headings.map(({ values }) => {
    const text = headingText(values, key, zone)
    let name = taken.has(text) && key !== 'rule' ? `${text} (${values[0]})` : text
    for (let n = 2; taken.has(name); n++) name = `${text} (${n})`
    taken.add(name)
    return name
  })
}
