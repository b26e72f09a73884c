/**
 * Presets as SQL: one statement over the views, in the subset that DuckDB and Spark share.
 *
 * What is not shared and tempting: QUALIFY, GROUP BY ALL, `x::type`, weekday functions, SUM's own type.
 */
import {
  type ByColumn,
  columnNameOf,
  isTimeColumn,
  type Metric,
  type Order,
  type Preset,
  presetBefore,
  type Span,
} from './preset.ts'
import { type ChooseRows, chooseRows, type Rows } from './preset-rows.ts'
import type { ViewName } from './views.ts'

/** A preset's statement, and the views it reads. */
export interface PresetSql {
  sql: string
  views: ViewName[]
}

/** A column that rows are grouped by. */
interface Key {
  by: ByColumn | 'tag'
  /** as the answer calls it */
  name: string
  /** over the rows that are read */
  expression: string
}

/** All that is asked for a preset. @param previous span that it is compared with; undefined: none */
export function presetStatements(preset: Preset, span: Span, previous: Span | undefined): PresetSql[] {
  const statement = presetToSql(preset, span)
  return previous === undefined ? [statement] : [statement, presetToSql(presetBefore(preset), previous)]
}

/**
 * The statement for a preset.
 *
 * `--top N` keeps the N greatest: of the things where things are asked for (with time beside them, each kept thing
 * comes with all its times, and is measured over the whole span), else of the times. Several `--tag` are ranked
 * apart; with `allTags` the tags are ranked themselves. Of equals those that sort first are kept.
 *
 * With `cumulative` the answer is by how much each time adds to those before it in its series, so that sums of it are totals.
 *
 * @param span     of the preset, resolved in the lake's zone
 * @param rowsFrom picks the rows to count from
 */
export function presetToSql(preset: Preset, span: Span, rowsFrom: ChooseRows = chooseRows): PresetSql {
  const rows = rowsFrom(preset, span)
  const keys = keysOf(preset, rows)
  const namings = namingsOf(keys)
  const cells = preset.cumulative ? increasesSql(keys, preset.metric, rows) : cellsSql(keys, preset.metric, rows)
  const steps = preset.top !== undefined ? topSteps(preset, keys, cells, rows) : []
  if (steps.length === 0 && namings.length > 0) steps.push({ name: 'kept', select: cells })
  steps.push(...namings)
  const select = steps.length === 0 ? cells : selectKept(keys, preset.metric, namings)
  const views = new Set([...rows.views, ...namings.map(({ view }) => view)])
  return {
    sql: [withSteps(steps), select, orderBy(preset, keys)].filter(part => part !== '').join('\n'),
    views: [...views],
  }
}

/** A named part of the statement; `kept` has the rows of the answer. */
interface Step {
  name: string
  select: string
}

function topSteps(preset: Preset, keys: readonly Key[], cells: string, rows: Rows): Step[] {
  const things = keys.filter(key => !isTime(key) && !(key.by === 'tag' && isPartedByTag(preset)))
  if (things.length === 0 || !keys.some(isTime)) {
    return [
      { name: 'cells', select: cells },
      { name: 'kept', select: greatest('cells', keys, preset) },
    ]
  }
  const leaderKeys = keys.filter(key => !isTime(key))
  return [
    { name: 'cells', select: cells },
    { name: 'totals', select: cellsSql(leaderKeys, preset.metric, rows) },
    { name: 'leaders', select: greatest('totals', leaderKeys, preset) },
    { name: 'kept', select: cellsOfLeaders(keys, leaderKeys, preset.metric) },
  ]
}

function withSteps(steps: readonly Step[]): string {
  if (steps.length === 0) return ''
  return `WITH ${steps.map(({ name, select }) => `${name} AS (\n${indent(select)}\n)`).join(', ')}`
}

function selectKept(keys: readonly Key[], metric: Metric, namings: readonly Naming[]): string {
  const columns = keys.flatMap(key => [`kept.${key.name}`, ...namesOf(key, namings)])
  const joins = namings.map(({ name, key }) => `\nLEFT JOIN ${name} ON ${name}.${key} = kept.${key}`)
  return `SELECT ${[...columns, `kept.${metric}`].join(', ')}\nFROM kept${joins.join('')}`
}

function orderBy(preset: Preset, keys: readonly Key[]): string {
  if (keys.length === 0) return ''
  const names = keys.map(key => key.name)
  const isNamed = (name: string) => keys.some(key => key.name === name && (key.by === 'user' || key.by === 'place'))
  const terms = sortingOf(preset, names).map(({ name, isDescending }) => {
    if (name === preset.metric) return isDescending ? `${name} DESC` : name
    return `${isNamed(name) ? 'kept.' : ''}${name} NULLS LAST`
  })
  return `ORDER BY ${terms.join(', ')}`
}

/** A column of an answer by which its rows are sorted. Texts sort by their UTF-8 bytes, null comes last. */
export interface SortColumn {
  name: string
  isDescending: boolean
}

/** What the rows of an answer are sorted by, first things first. @param keys names of its columns but the metric's */
export function sortingOf(preset: Preset, keys: readonly string[]): SortColumn[] {
  const order = orderOf(preset)
  const byKey = keys.map(name => ({ name, isDescending: false }))
  if (order === 'key') return byKey
  const byMetric = { name: preset.metric, isDescending: order === 'most' }
  // tags that are ranked apart stay together
  const together = isPartedByTag(preset) && preset.by.length > 0 ? 1 : 0
  return byKey.toSpliced(together, 0, byMetric)
}

/** The order of the answer: as asked, else by time where time is a column and not what was ranked. */
function orderOf(preset: Preset): Order {
  if (preset.order !== undefined) return preset.order
  const hasTime = preset.by.some(isTimeColumn)
  const ranksTime = preset.top !== undefined && !preset.allTags && preset.by.every(isTimeColumn)
  return hasTime && !ranksTime ? 'key' : 'most'
}

/** True where each tag is a column's value and a series of its own, ranked apart from the others. */
export function isPartedByTag(preset: Preset): boolean {
  return preset.tags.length > 1 && !preset.allTags
}

function isTime(key: Key): boolean {
  return key.by !== 'tag' && isTimeColumn(key.by)
}

function keysOf(preset: Preset, rows: Rows): Key[] {
  const keys: Key[] = preset.by.map(by => keyOf(by, rows))
  if (preset.allTags || preset.tags.length > 1) keys.unshift({ by: 'tag', name: 'tag', expression: rows.tag })
  return keys
}

function keyOf(by: ByColumn, rows: Rows): Key {
  const date = `${rows.prefix}local_date`
  switch (by) {
    case 'hour':
      return { by, name: 'hour', expression: `${rows.prefix}hour_start` }
    case 'day':
      return { by, name: 'day', expression: date }
    case 'week':
      return { by, name: 'week', expression: `${date} - (${rows.prefix}local_weekday - 1)` }
    case 'month':
      return { by, name: 'month', expression: `substr(CAST(${date} AS STRING), 1, 7)` }
    case 'year':
      return { by, name: 'year', expression: `CAST(extract(YEAR FROM ${date}) AS INT)` }
    case 'weekday':
      return { by, name: 'weekday', expression: `${rows.prefix}local_weekday` }
    case 'hour-of-day':
      return { by, name: columnNameOf(by), expression: `${rows.prefix}local_hour` }
    case 'lang':
    case 'kind':
      return { by, name: by, expression: `${rows.prefix}${by}` }
    case 'user':
      return { by, name: columnNameOf(by), expression: rows.user }
    case 'hashtag':
      return { by, name: 'hashtag', expression: rows.hashtag }
    case 'place':
      return { by, name: columnNameOf(by), expression: `${rows.prefix}place_id` }
    case 'rule':
      return { by, name: 'rule', expression: rows.rule }
  }
}

/** One row per combination of the keys that occurs; without keys one row, whatever occurs. */
function cellsSql(keys: readonly Key[], metric: Metric, rows: Rows): string {
  if (metric === 'reach') return reachSql(keys, rows)
  const value =
    metric === 'authors' ? `COUNT(DISTINCT ${rows.user})` : `CAST(COALESCE(SUM(${rows.addend(metric)}), 0) AS BIGINT)`
  return grouped(
    [...keys.map(selectKey), `${value} AS ${metric}`],
    rows,
    keys.map(key => key.expression),
  )
}

/** An author counts once a cell, with the most followers seen in it; unknown followers are none. */
function reachSql(keys: readonly Key[], rows: Rows): string {
  const columns = [...keys.map(selectKey), `MAX(${rows.followers}) AS most_followers`]
  const perAuthor = grouped(columns, rows, [...keys.map(key => key.expression), rows.user])
  const names = keys.map(key => key.name)
  const reach = 'CAST(COALESCE(SUM(most_followers), 0) AS BIGINT) AS reach'
  return `SELECT ${[...names, reach].join(', ')}\nFROM (\n${indent(perAuthor)}\n) authors${groupBy(names)}`
}

/**
 * By how much the metric of all that has been so far grows in each time. Of distinct authors that is those who are new in
 * their series, and of reach by how much more followers each is seen with than ever before; all else is counted apart anyway.
 */
function increasesSql(keys: readonly Key[], metric: Metric, rows: Rows): string {
  if (metric !== 'authors' && metric !== 'reach') return cellsSql(keys, metric, rows)
  const names = keys.map(key => key.name)
  const of = metric === 'reach' ? `COALESCE(MAX(${rows.followers}), 0)` : '1'
  const columns = [...keys.map(selectKey), `${rows.user} AS author`, `${of} AS seen`]
  const perAuthor = grouped(columns, rows, [...keys.map(key => key.expression), rows.user])
  const series = [...keys.filter(key => !isTime(key)).map(key => key.name), 'author'].join(', ')
  const times = keys.filter(isTime).map(key => key.name)
  const window = `PARTITION BY ${series} ORDER BY ${times.join(', ')}`
  const most = `MAX(seen) OVER (${window} ROWS UNBOUNDED PRECEDING) AS most`
  const growth = `most - COALESCE(lag(most) OVER (${window}), 0) AS growth`
  const soFar = `SELECT ${[...names, 'author', most].join(', ')}\nFROM (\n${indent(perAuthor)}\n) authors`
  const grown = `SELECT ${[...names, growth].join(', ')}\nFROM (\n${indent(soFar)}\n) so_far`
  const value = `CAST(COALESCE(SUM(growth), 0) AS BIGINT) AS ${metric}`
  return `SELECT ${[...names, value].join(', ')}\nFROM (\n${indent(grown)}\n) grown${groupBy(names)}`
}

function grouped(columns: readonly string[], rows: Rows, groups: readonly string[]): string {
  const where = rows.where.length > 0 ? `\nWHERE ${rows.where.join('\n  AND ')}` : ''
  return `SELECT ${columns.join(', ')}\nFROM ${rows.from}${where}${groupBy(groups)}`
}

function groupBy(expressions: readonly string[]): string {
  return expressions.length > 0 ? `\nGROUP BY ${expressions.join(', ')}` : ''
}

function selectKey(key: Key): string {
  return key.expression === key.name ? key.name : `${key.expression} AS ${key.name}`
}

/** The N greatest rows of a step, in each tag where tags are ranked apart. */
function greatest(step: string, keys: readonly Key[], preset: Preset): string {
  const names = keys.map(key => key.name)
  const ranking = [`${preset.metric} DESC`, ...names.map(name => `${name} NULLS LAST`)].join(', ')
  if (!isPartedByTag(preset)) return `SELECT *\nFROM ${step}\nORDER BY ${ranking}\nLIMIT ${preset.top}`
  const columns = [...names, preset.metric].join(', ')
  const nth = `row_number() OVER (PARTITION BY tag ORDER BY ${ranking}) AS nth`
  return `SELECT ${columns}\nFROM (SELECT ${columns}, ${nth} FROM ${step}) ranked\nWHERE nth <= ${preset.top}`
}

function cellsOfLeaders(keys: readonly Key[], leaderKeys: readonly Key[], metric: Metric): string {
  const columns = [...keys.map(key => key.name), metric].map(name => `cells.${name}`).join(', ')
  // a language may be unknown, and unknown is a thing like any other here
  const same = leaderKeys.map(({ name }) => `cells.${name} IS NOT DISTINCT FROM leaders.${name}`).join(' AND ')
  return `SELECT ${columns}\nFROM cells\nJOIN leaders ON ${same}`
}

/** A step that finds what people call a thing of which `kept` has the id: as last seen in the files that are read. */
interface Naming extends Step {
  key: string
  names: readonly string[]
  view: ViewName
}

function namingsOf(keys: readonly Key[]): Naming[] {
  const namings: Naming[] = []
  if (keys.some(key => key.by === 'user')) {
    namings.push({
      name: 'user_names',
      key: 'user_id',
      names: ['username'],
      view: 'dim_user_snapshot',
      select: lastSeen('user_id', ['username'], 'dim_user_snapshot', 'username'),
    })
  }
  if (keys.some(key => key.by === 'place')) {
    namings.push({
      name: 'place_names',
      key: 'place_id',
      names: ['place', 'country_code'],
      view: 'dim_place',
      select: lastSeen('place_id', ['full_name AS place', 'country_code'], 'dim_place', 'full_name'),
    })
  }
  return namings
}

function lastSeen(key: string, columns: readonly string[], view: ViewName, required: string): string {
  const plain = columns.map(column => column.split(' AS ')[0])
  const nth = `row_number() OVER (PARTITION BY ${key} ORDER BY observed_at DESC, ${plain.join(', ')}) AS nth`
  return `SELECT ${[key, ...columns].join(', ')}
FROM (
  SELECT ${[key, ...plain].join(', ')}, ${nth}
  FROM ${view}
  WHERE ${required} IS NOT NULL AND ${key} IN (SELECT ${key} FROM kept)
) seen
WHERE nth = 1`
}

function namesOf(key: Key, namings: readonly Naming[]): string[] {
  const naming = namings.find(naming => naming.key === key.name)
  return naming?.names.map(name => `${naming.name}.${name}`) ?? []
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}
