/** Column by column: what a dictionary and what deltas make of it, in bytes, in encoding and in reading. */
import { DataType, type Table } from 'apache-arrow'
import { digits, table } from './page.ts'
import { columnBytes, type Encoded, encodeInTurn, type Layout } from './parquet-layout.ts'

const LAYOUTS = {
  plain: {},
  dictionary: { repeating: true },
  delta: { encoding: 'DELTA_BINARY_PACKED' },
} as const satisfies Record<string, Layout>
export type ColumnLayout = keyof typeof LAYOUTS

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

export function bytesInLake({ files, repeats }: ColumnFiles): number {
  return columnBytes(files[repeats ? 'dictionary' : 'plain']!)
}

/** On the page are those that have a dictionary or could have one, and those without that are large. */
export function isShown(each: ColumnFiles): boolean {
  return each.table !== 'dim_place' && (isGrouped(each) || bytesInLake(each) > SHOWN_BYTES)
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

/** @param layouts in the order of the page. @param readMs by table, column and layout, as `${table}.${column}.${layout}` */
export function columnTable(
  columns: readonly ColumnFiles[],
  layouts: readonly ColumnLayout[],
  readMs: (question: string) => number,
): string[] {
  const of = (what: string) => layouts.map((layout, i) => (i === 0 ? `${layout}, ${what}` : layout))
  const cells = (each: ColumnFiles, cell: (file: Encoded, layout: ColumnLayout) => string) =>
    layouts.map(layout => (each.files[layout] === undefined ? '–' : cell(each.files[layout], layout)))
  let before = ''
  return table(
    ['column', ...of('kB'), ...of('encoding, ms'), ...of('reading, ms')],
    columns.map(each => {
      const name = each.table === before ? `.${each.column}` : `${each.table}.${each.column}`
      before = each.table
      return [
        `\`${name}\``,
        ...cells(each, file => digits(columnBytes(file) / 1e3, columnBytes(file) < 1e5 ? 1 : 0)),
        ...cells(each, file => digits(file.encodeMs, file.encodeMs < 10 ? 1 : 0)),
        ...cells(each, (_, layout) => digits(readMs(`${each.table}.${each.column}.${layout}`), 1)),
      ]
    }),
  )
}
