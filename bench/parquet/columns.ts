/** Column by column: a file for each layout, and what is asked of it. */
import { DataType, type Table } from 'apache-arrow'
import type { ColumnLayout } from './figures.ts'
import { columnBytes, type Encoded, encodeInTurn, type Layout } from './layout.ts'

const LAYOUTS = {
  plain: {},
  dictionary: { repeating: true },
  delta: { encoding: 'DELTA_BINARY_PACKED' },
} as const satisfies Record<ColumnLayout, Layout>

const SHOWN_BYTES = 50_000

/** A column of a table, in a file of its own for each layout. */
export interface ColumnFiles {
  table: string
  column: string
  repeats: boolean
  files: Partial<Record<ColumnLayout, Encoded>>
}

/** Columns that repeat, and have no dictionary all the same. */
const WITHOUT = ['dim_hashtag.tag']

/** Lists are left out. @param repeating columns that have a dictionary in the lake */
export function columnsOf(name: string, rows: Table, repeating: readonly string[], times: number): ColumnFiles[] {
  const { delta, ...others } = LAYOUTS
  const flat = rows.schema.fields.filter(({ type }) => !DataType.isList(type))
  return flat.map(({ name: column, type }) => {
    const layouts: Record<string, Layout> = DataType.isInt(type) || DataType.isTimestamp(type) ? LAYOUTS : others
    const files = encodeInTurn(rows.select([column]), layouts, times)
    return { table: name, column, repeats: repeating.includes(column), files }
  })
}

/** On the page are those that have a dictionary or could have one, and those without that are large. */
export function isShown(each: ColumnFiles): boolean {
  const inLake = each.files[each.repeats ? 'dictionary' : 'plain']!
  return each.table !== 'dim_place' && (isGrouped(each) || columnBytes(inLake) > SHOWN_BYTES)
}

function isGrouped({ table, column, repeats }: ColumnFiles): boolean {
  return repeats || WITHOUT.includes(`${table}.${column}`)
}

/** Of a column that repeats one asks for groups; of others all values are read. */
export function columnSql(each: ColumnFiles, file: string): string {
  const { column } = each
  if (isGrouped(each)) return `SELECT ${column}, count(*) FROM '${file}' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1`
  return `SELECT bit_xor(hash(${column})) FROM '${file}'`
}
