/**
 * The tables of docs/data-model.md: every view with its columns, from where the schemas are declared, with types as the engine says them.
 *
 * The page's own text stands between the markers `<!-- view: … -->` and `<!-- end -->`, and is left alone.
 */
import { Bool, type DataType, DateDay, Float64, Int, List, Timestamp, Utf8 } from 'apache-arrow'
import type { Hour } from '../src/lib/domain/hour.ts'
import { LAYER2 } from '../src/lib/domain/layer2.ts'
import {
  DAILY_TABLES,
  dailyPath,
  dimDatePath,
  dimLangPath,
  HOURLY_TABLES,
  hourlyPath,
  layer1Path,
  rejectedPath,
} from '../src/lib/domain/paths.ts'
import { DUCKDB } from '../src/lib/domain/question/sql-dialect.ts'
import { type ViewColumn, viewShapeOf } from '../src/lib/domain/question/view-columns.ts'
import {
  type BaseView,
  baseViewsOf,
  createViewsSql,
  DERIVED_VIEWS,
  VIEWS,
  type ViewName,
} from '../src/lib/domain/question/views.ts'
import { openDuckDb } from '../src/lib/io/duckdb/engine.ts'

/** The type of each column of each view, as the engine says it, in its order. */
export type ViewTypes = ReadonlyMap<ViewName, ReadonlyMap<string, string>>

export async function readViewTypes(): Promise<ViewTypes> {
  const engine = await openDuckDb({
    timeZone: 'UTC',
    threads: 1,
    readable: [],
    env: process.env,
    warn: sentence => console.error(`docs: ${sentence}`),
  })
  try {
    await engine.query(createViewsSql(VIEWS, new Map(), DUCKDB))
    const types = new Map<ViewName, ReadonlyMap<string, string>>()
    for (const view of VIEWS) {
      const rows = (await engine.query(`DESCRIBE ${view}`)).toArray()
      types.set(view, new Map(rows.map(row => [String(row.column_name), String(row.column_type)])))
    }
    return types
  } finally {
    await engine.close()
  }
}

const MARKED = /<!-- view: (\w+) -->\n[\s\S]*?<!-- end -->/g

/** @throws Error when the page lacks a view or has one too many, or a view has other columns than are told of */
export function fillDataModel(page: string, types: ViewTypes): string {
  const marked = [...page.matchAll(MARKED)].map(([, view = '']) => view)
  const wrong = new Set<string>(VIEWS).symmetricDifference(new Set(marked))
  if (wrong.size > 0 || marked.length !== VIEWS.length) {
    throw new Error(
      `docs/data-model.md and the views do not agree on ${[...wrong].join(', ') || 'how often a view stands'}`,
    )
  }
  return page.replaceAll(MARKED, (_, view: ViewName) => {
    return `<!-- view: ${view} -->\n${viewText(view, types.get(view)!)}\n<!-- end -->`
  })
}

function viewText(view: ViewName, types: ReadonlyMap<string, string>): string {
  const { row, columns } = viewShapeOf(view)
  const told = columns.map(({ name }) => name)
  if (told.join() !== [...types.keys()].join()) {
    throw new Error(`${view} has the columns ${[...types.keys()].join(', ')}, and told of are ${told.join(', ')}`)
  }
  return [
    `One row for each ${row}.`,
    '',
    whereText(view),
    '',
    '| column | DuckDB | Parquet | unit | null | what it is | from |',
    '|---|---|---|---|---|---|---|',
    ...columns.map(column => columnLine(column, types.get(column.name)!)),
  ].join('\n')
}

function columnLine({ name, meaning, type }: ViewColumn, engineType: string): string {
  const parquet = type === undefined ? '–' : parquetTypeOf(type)
  return `| \`${name}\` | ${engineType} | ${parquet} | ${meaning.unit ?? ''} | ${meaning.null ?? 'never'} | ${meaning.is} | ${meaning.from} |`
}

const isDerived = (view: ViewName) => DERIVED_VIEWS.some(derived => derived === view)
const codes = (names: readonly string[]) => names.map(name => `\`${name}\``).join(', ')

function whereText(view: ViewName): string {
  if (isDerived(view)) return `Made of ${codes(baseViewsOf([view]))}.`
  const base = view as BaseView
  if (base === 'layer1_tweets' || base === 'layer1_rejected')
    return `Files: \`${pathOf(base)}\`, in the order of arrival; no key.`
  return `Files: \`${pathOf(base)}\`. Sorted by ${codes(LAYER2[base].sortedBy)}, which is a key of the file.`
}

/** Of the file of an hour, as an example. */
function pathOf(view: BaseView): string {
  const hour = '2024-01-01T10' as Hour
  const segment = 'SEGMENT'
  if (view === 'layer1_tweets') return layer1Path(hour, segment)
  if (view === 'layer1_rejected') return rejectedPath(segment)
  if (view === 'dim_date') return dimDatePath(2024)
  if (view === 'dim_lang') return dimLangPath()
  const hourly = HOURLY_TABLES.find(table => table === view)
  if (hourly !== undefined) return hourlyPath(hourly, hour)
  return dailyPath(DAILY_TABLES.find(table => table === view)!, hour.slice(0, 10))
}

/** What is in a file for a column of this Arrow type, in the words of the Parquet format. */
export function parquetTypeOf(type: DataType): string {
  if (type instanceof Utf8) return 'STRING'
  if (type instanceof Int) return `INT${type.bitWidth}`
  if (type instanceof Bool) return 'BOOLEAN'
  if (type instanceof Float64) return 'DOUBLE'
  if (type instanceof DateDay) return 'DATE'
  if (type instanceof Timestamp) return type.timezone ? 'TIMESTAMP, UTC' : 'TIMESTAMP, local'
  if (type instanceof List) return `LIST of ${parquetTypeOf(type.valueType)}`
  throw new Error(`no table of the lake has a column of the Arrow type ${type}`)
}
