import {
  Duration,
  Field,
  Int32,
  Interval,
  IntervalUnit,
  makeData,
  makeVector,
  Null,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimeUnit,
  tableToIPC,
  vectorFromArray,
} from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { answerToTable } from '../../../src/lib/io/spark/answer.ts'
import { plainRows } from '../../support/plain-rows.ts'

const stream = (table: Table) => tableToIPC(table, 'stream')

describe('answerToTable', () => {
  it('is a table without columns for a command', () => {
    expect(answerToTable([]).numCols).toBe(0)
  })

  it('spells intervals as DuckDB does', () => {
    const us = [90_000_000_000n, -5_400_000_000n, 86_400_000_000n, 1_500_000n, 0n]
    const data = makeData({ type: new Duration(TimeUnit.MICROSECOND), length: 5, data: BigInt64Array.from(us) })
    const months = makeData({
      type: new Interval(IntervalUnit.YEAR_MONTH),
      length: 5,
      data: Int32Array.from([14, -1, 24, 0, -13]),
    } as never)
    const answer = answerToTable([stream(new Table({ d: makeVector(data), m: makeVector(months) } as never))])
    expect(plainRows(answer)).toEqual([
      { d: '1 day 01:00:00', m: '1 year 2 months' },
      { d: '-01:30:00', m: '-1 month' },
      { d: '1 day', m: '2 years' },
      { d: '00:00:01.5', m: '00:00:00' },
      { d: '00:00:00', m: '-1 year -1 month' },
    ])
  })

  it('has a type for nothing', () => {
    const nothing = makeData({ type: new Null(), length: 2 })
    const answer = answerToTable([stream(new Table({ n: makeVector(nothing) } as never))])
    expect([String(answer.schema.fields[0]?.type), plainRows(answer)]).toEqual(['Int32', [{ n: null }, { n: null }]])
  })

  it('tells columns of one name apart', () => {
    const fields = [new Field('a', new Int32(), true), new Field('a', new Int32(), true)]
    const children = [1, 2].map(value => vectorFromArray([value], new Int32()).data[0]!)
    const batch = new RecordBatch(
      new Schema(fields),
      makeData({ type: new Struct(fields), length: 1, nullCount: 0, children }) as never,
    )
    expect(plainRows(answerToTable([stream(new Table([batch]))]))).toEqual([{ a: 1, a_1: 2 }])
  })
})
