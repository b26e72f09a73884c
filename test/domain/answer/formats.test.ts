import { Int64, Table, Utf8, vectorFromArray } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAnswer } from '../../../src/lib/domain/answer/formats.ts'
import type { TextFormat } from '../../../src/lib/domain/answer/forms.ts'
import { createWallClock } from '../../../src/lib/domain/time-zone.ts'

const TERMINAL = { width: undefined, foldsZeros: true, isTerminal: false }
const ZONE = { name: 'UTC', clock: createWallClock('UTC') }

const tableOf = (texts: readonly (string | null)[], ids: readonly (bigint | null)[] = texts.map((_, i) => BigInt(i))) =>
  new Table({ 'a "text"': vectorFromArray([...texts], new Utf8()), id: vectorFromArray([...ids], new Int64()) })
const format = (table: Table, form: TextFormat) => [...formatAnswer(table, form, ZONE, TERMINAL)].join('')

const TEXTS = ['plain', 'a,b', 'say "hi"', 'two\nlines', '', null, '日本 | *x*', '\u202eabc']
const SAMPLE = tableOf(TEXTS)

describe('formatAnswer', () => {
  it('writes CSV with quotes where they are needed, nothing for null and "" for an empty text', () => {
    expect(format(SAMPLE, 'csv')).toBe(
      '"a ""text""",id\nplain,0\n"a,b",1\n"say ""hi""",2\n"two\nlines",3\n"",4\n,5\n日本 | *x*,6\n\u202eabc,7\n',
    )
  })

  it('writes TSV of one line a row, with \\N for null and backslashes before what would end a field', () => {
    expect(format(tableOf(['a\tb', 'two\r\nlines', 'C:\\new', '\\N', '', null, '\b\f\v\0"']), 'tsv')).toBe(
      [
        'a "text"\tid',
        'a\\tb\t0',
        'two\\r\\nlines\t1',
        'C:\\\\new\t2',
        '\\\\N\t3',
        '\t4',
        '\\N\t5',
        '\\b\\f\\v\0"\t6',
        '',
      ].join('\n'),
    )
  })

  it('writes ids as formulas into CSV and TSV, and nowhere else', () => {
    const ids = tableOf(['x', null], [1n, null])
    const written = (form: TextFormat) => [...formatAnswer(ids, form, ZONE, TERMINAL, new Set(['id']))].join('')
    expect(written('csv')).toBe('"a ""text""",id\nx,"=""1"""\n,\n')
    expect(written('tsv')).toBe('a "text"\tid\nx\t="1"\n\\N\t\\N\n')
    expect(written('markdown')).toBe(format(ids, 'markdown'))
  })

  it('writes JSON and JSON lines in which ids keep their digits', () => {
    const ids = tableOf(['x', null], [9007199254740993n, null])
    expect(format(ids, 'json')).toBe(
      '[\n {"a \\"text\\"":"x","id":9007199254740993},\n {"a \\"text\\"":null,"id":null}\n]\n',
    )
    expect(format(ids, 'ndjson')).toBe('{"a \\"text\\"":"x","id":9007199254740993}\n{"a \\"text\\"":null,"id":null}\n')
  })

  it('writes Markdown that renders as the text it was', () => {
    expect(format(tableOf(['a|b', 'first_seen_at _x_', '<b>`~`', 'two\r\nlines', null]), 'markdown')).toBe(
      [
        '| a "text" | id |',
        '|---|---:|',
        '| a\\|b | 0 |',
        '| first_seen_at \\_x\\_ | 1 |',
        '| \\<b\\>\\`\\~\\` | 2 |',
        '| two<br>lines | 3 |',
        '|  | 4 |',
        '',
      ].join('\n'),
    )
  })

  it('writes an answer without rows in every form', () => {
    const nothing = tableOf([])
    expect(format(nothing, 'csv')).toBe('"a ""text""",id\n')
    expect(format(nothing, 'tsv')).toBe('a "text"\tid\n')
    expect(format(nothing, 'json')).toBe('[]\n')
    expect(format(nothing, 'ndjson')).toBe('')
    expect(format(nothing, 'markdown')).toBe('| a "text" | id |\n|---|---:|\n')
    expect(format(nothing, 'table')).toBe(
      '┌──────────┬────┐\n│ a "text" │ id │\n├──────────┼────┤\n└──────────┴────┘\n',
    )
  })

  it('gives JSON and JSON lines that read back as the same values', () => {
    const text = fc.option(fc.string({ unit: 'binary' }), { nil: null })
    fc.assert(
      fc.property(fc.array(text), texts => {
        const rows = texts.map((text, i) => ({ 'a "text"': text?.toWellFormed() ?? null, id: i }))
        expect(JSON.parse(format(tableOf(texts), 'json'))).toEqual(rows)
        const lines = format(tableOf(texts), 'ndjson').split('\n').slice(0, -1)
        expect(lines.map(line => JSON.parse(line))).toEqual(rows)
      }),
    )
  })

  it('gives CSV that reads back as the same fields', () => {
    const text = fc.option(
      fc.array(fc.constantFrom('a', ',', '"', '\n', '\r', ' ', '日')).map(parts => parts.join('')),
      { nil: null },
    )
    fc.assert(
      fc.property(fc.array(text), texts => {
        expect(parseCsv(format(tableOf(texts), 'csv')).slice(1)).toEqual(texts.map((text, i) => [text, String(i)]))
      }),
    )
  })

  it('folds rows of 0 in the table only', () => {
    const zeros = tableOf(Array(2000).fill('x'), Array(2000).fill(0n))
    const lines = (form: TextFormat) => format(zeros, form).split('\n').length - 1
    expect(format(zeros, 'table')).toContain('│ … 2,000 rows of 0 │\n')
    expect(lines('table')).toBe(5)
    expect([lines('csv'), lines('ndjson'), lines('json'), lines('markdown')]).toEqual([2001, 2000, 2002, 2002])
    const shown = [...formatAnswer(zeros, 'table', ZONE, { width: 80, foldsZeros: false, isTerminal: true })].join('')
    expect(shown.split('\n')).toHaveLength(2000 + 4 + 1)
  })

  it('comes in pieces, so that a long answer is never one string', () => {
    const long = tableOf(Array.from({ length: 2500 }, () => 'x'))
    expect([...formatAnswer(long, 'csv', ZONE, TERMINAL)]).toHaveLength(1 + 3)
    expect(format(long, 'csv').split('\n')).toHaveLength(2502)
  })
})

/** RFC 4180 as a reader understands it; a field without quotes that is empty is null. */
function parseCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = []
  let row: (string | null)[] = []
  const field = /(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n)/y
  for (let match = field.exec(text); match !== null; match = field.exec(text)) {
    const [, quoted, plain, end] = match
    row.push(quoted !== undefined ? quoted.replaceAll('""', '"') : plain || null)
    if (end === '\n') {
      rows.push(row)
      row = []
    }
  }
  return rows
}
