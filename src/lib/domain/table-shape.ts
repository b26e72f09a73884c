/**
 * Tables of a lake: what their columns are called and made of, and what each of them means.
 *
 * A column cannot be declared without its meaning, and one that may be null not without what null says: docs/data-model.md is made of
 * these. None of that is in a file: a schema has names, types and nullability, and the bytes of a table depend on nothing else.
 */
import { type DataType, Field, Schema } from 'apache-arrow'

/** What a column means, as clauses in Markdown. */
export interface Meaning {
  is: string
  /** of layer1: the field of X's API v2 (and of v1.1, where it has another name); of others: the column it is, or how it is computed */
  from: string
  /** what is counted or measured; absent where the type says it, or where there is nothing to measure */
  unit?: string
  /** what null says; absent: it is never null */
  null?: string
}

export interface Column {
  field: Field
  meaning: Meaning
}

/** What a layer2 table looks like and how its file is written. */
export interface TableShape {
  /** what one row is for, as a clause */
  row: string
  columns: readonly Column[]
  /** of the columns */
  schema: Schema
  /** columns that together name one row of a file, in the order in which rows are sorted (ascending, text by UTF-8 bytes) */
  sortedBy: readonly string[]
  /** columns with a dictionary in Parquet: values repeat, and it pays. `docs/parquet.md` has the figures of both */
  repeating: readonly string[]
  /** rows of a row group, where a question mostly wants few of a file's rows: readers decode a group whole or not at all */
  groupRows?: number
}

/** A column that is never null. */
export function required(name: string, type: DataType, meaning: Omit<Meaning, 'null'>): Column {
  return { field: new Field(name, type, false), meaning }
}

/** A column that may be null. */
export function optional(name: string, type: DataType, meaning: Meaning & { null: string }): Column {
  return { field: new Field(name, type, true), meaning }
}

export function schemaOf(columns: readonly Column[]): Schema {
  return new Schema(columns.map(({ field }) => field))
}

export function shapeOf(shape: Omit<TableShape, 'schema'>): TableShape {
  return { ...shape, schema: schemaOf(shape.columns) }
}
