/** Rows of a table while they are added: a builder a column. Of layer1, rows also come straight from a line of the stream. */
import { makeData, RecordBatch, type Schema, Struct, Table } from 'apache-arrow'
import { type ColumnBuilder, createColumnBuilder, type Int64Builder, type Utf8Builder } from './columns/builders.ts'
import { LAYER1 } from './layer1.ts'
import type { StreamLine } from './line/stream-line.ts'
import { StreamRow, type TweetBuilders } from './line/stream-row.ts'
import type { Line } from './tweet.ts'

/** Where and when a line was read; the same for every tweet of it. */
export type Provenance = Pick<Line, 'source' | 'capturedAtMs'>

/** Rows of any schema whose types the column builders know. */
export class RowBuilder {
  protected rows = 0
  protected readonly columns: readonly { name: string; builder: ColumnBuilder<unknown> }[]
  private readonly schema: Schema

  constructor(schema: Schema) {
    this.schema = schema
    this.columns = schema.fields.map(({ name, type }) => ({
      name,
      builder: createColumnBuilder(type) as ColumnBuilder<unknown>,
    }))
  }

  /** @param row a value for every column of the schema, under the column's name */
  append(row: Readonly<Record<string, unknown>>): void {
    for (const { name, builder } of this.columns) builder.append(row[name])
    this.rows += 1
  }

  get count(): number {
    return this.rows
  }

  /** bytes of all columns, close to what the table will take in memory */
  get bytes(): number {
    return this.columns.reduce((sum, { builder }) => sum + builder.bytes, 0)
  }

  /** In the memory of the builders: good until they are cleared or appended to. */
  toTable(): Table {
    // a table without rows must have no batch at all, or its schema is refused
    if (this.rows === 0) return new Table(this.schema)
    const children = this.columns.map(({ builder }) => builder.toData())
    const data = makeData({ type: new Struct(this.schema.fields), length: this.rows, nullCount: 0, children })
    return new Table(this.schema, [new RecordBatch(this.schema, data)])
  }

  clear(): void {
    for (const { builder } of this.columns) builder.clear()
    this.rows = 0
  }
}

type Layer1Builders = TweetBuilders & { readonly source: Utf8Builder; readonly captured_at: Int64Builder }

/** Rows of layer1. */
export class Layer1Rows extends RowBuilder {
  private readonly byName: Layer1Builders
  private readonly streamRow: StreamRow

  constructor() {
    super(LAYER1)
    this.byName = Object.fromEntries(this.columns.map(({ name, builder }) => [name, builder])) as never
    this.streamRow = new StreamRow(this.byName)
  }

  /** @param rules names of the rules under which the tweet is kept */
  appendStreamLine(line: StreamLine, rules: readonly string[], { source, capturedAtMs }: Provenance): void {
    this.streamRow.append(line)
    this.byName.rules.append(rules)
    this.byName.source.append(source)
    this.byName.captured_at.append(capturedAtMs)
    this.rows += 1
  }
}
