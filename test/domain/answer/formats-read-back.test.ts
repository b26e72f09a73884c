/** Whatever is in an answer, DuckDB reads the same values out of its text. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bool, DateDay, Float64, Int64, Table, TimestampMillisecond, Utf8, vectorFromArray } from 'apache-arrow'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cellsOf } from '../../../src/lib/domain/answer/cells.ts'
import { formatAnswer } from '../../../src/lib/domain/answer/formats.ts'
import type { TextFormat } from '../../../src/lib/domain/answer/forms.ts'
import { createWallClock } from '../../../src/lib/domain/time-zone.ts'
import { openDuckDb } from '../../../src/lib/io/duckdb/engine.ts'
import type { SqlEngine } from '../../../src/lib/io/sql.ts'

const ZONE = { name: 'UTC', clock: createWallClock('UTC') }

let folder: string
let engine: SqlEngine
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twdw-forms-'))
  engine = await openDuckDb({ timeZone: 'UTC', threads: 1, readable: [folder], env: {}, warn: () => undefined })
})
afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

interface Row {
  text: string | null
  id: bigint | null
  share: number | null
  yes: boolean | null
  day: Date | null
  made: number | null
}

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const HOSTILE = [
  '',
  'null',
  'NULL',
  '\\N',
  '\\',
  '"',
  '""',
  ',',
  '\t',
  '\n',
  '\r',
  '\r\n',
  ' ',
  "'",
  '#',
  '-',
  '=1+1',
  '日本',
  '\u202e',
  '\x1b[0m',
  '\ufeff',
]
const text = fc.oneof(
  fc.array(fc.constantFrom(...HOSTILE, 'a', '1'), { maxLength: 5 }).map(parts => parts.join('')),
  // DuckDB's reader of CSV ends a text at a NUL
  fc.string({ unit: 'binary' }).map(any => any.toWellFormed().replaceAll('\0', '')),
)
const DAY_MS = 86_400_000
const anyRow: fc.Arbitrary<Row> = fc.record({
  text: maybe(text),
  id: maybe(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  share: maybe(fc.double({ noNaN: true, noDefaultInfinity: true })),
  yes: maybe(fc.boolean()),
  day: maybe(fc.integer({ min: -100_000, max: 100_000 }).map(day => new Date(day * DAY_MS))),
  made: maybe(fc.integer({ min: -4e12, max: 4e12 })),
})

function tableOf(rows: readonly Row[]): Table {
  return new Table({
    text: vectorFromArray(
      rows.map(row => row.text),
      new Utf8(),
    ),
    id: vectorFromArray(
      rows.map(row => row.id),
      new Int64(),
    ),
    share: vectorFromArray(
      rows.map(row => row.share),
      new Float64(),
    ),
    yes: vectorFromArray(
      rows.map(row => row.yes),
      new Bool(),
    ),
    day: vectorFromArray(
      rows.map(row => row.day),
      new DateDay(),
    ),
    made: vectorFromArray(
      rows.map(row => row.made),
      new TimestampMillisecond('UTC'),
    ),
  })
}

const TYPES = "{text: 'VARCHAR', id: 'BIGINT', share: 'DOUBLE', yes: 'BOOLEAN', day: 'DATE', made: 'TIMESTAMPTZ'}"
/** How each form is to be read, with its types named: to guess them is the reader's affair. */
const READERS = {
  csv: (path: string) =>
    `SELECT * FROM read_csv('${path}', delim=',', quote='"', escape='"', header=true, columns=${TYPES}, auto_detect=false, force_not_null=[], allow_quoted_nulls=false, strict_mode=true)`,
  json: (path: string) => `SELECT * FROM read_json('${path}', format='array', columns=${TYPES})`,
  ndjson: (path: string) => `SELECT * FROM read_json('${path}', format='newline_delimited', columns=${TYPES})`,
} satisfies Partial<Record<TextFormat, (path: string) => string>>

async function write(rows: readonly Row[], form: TextFormat): Promise<string> {
  const path = join(folder, `answer.${form}`)
  const pieces = formatAnswer(tableOf(rows), form, ZONE, { width: undefined, foldsZeros: false, isTerminal: false })
  await writeFile(path, [...pieces].join(''))
  return path
}

/** Values as cells spell them, which they do for tables of either origin. */
function textsOf(table: Table): (string | null)[][] {
  const columns = table.schema.fields.map(({ name }, i) => cellsOf(name, table.getChildAt(i)!, ZONE))
  return Array.from({ length: table.numRows }, (_, row) => columns.map(column => column.text(row)))
}

describe('an answer that DuckDB reads back', () => {
  it.each(Object.keys(READERS) as (keyof typeof READERS)[])('has the same values in %s', async form => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 8 }), async rows => {
        const read = await engine.query(READERS[form](await write(rows, form)))
        expect(textsOf(read)).toEqual(textsOf(tableOf(rows)))
      }),
      { numRuns: 150 },
    )
  })

  it('has the same fields in TSV, once the escapes are undone, and a line a row', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 8 }), async rows => {
        const path = await write(rows, 'tsv')
        const read = await engine.query(
          `SELECT unnest(string_split(content, chr(10))) AS line FROM read_text('${path}')`,
        )
        const lines = textsOf(read).map(([line]) => (line ?? '').split('\t'))
        expect(lines.at(-1)).toEqual([''])
        expect(lines.slice(1, -1).map(fields => fields.map(unescaped))).toEqual(textsOf(tableOf(rows)))
      }),
      { numRuns: 150 },
    )
  })
})

const ESCAPED: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** As PostgreSQL's manual has it. */
function unescaped(field: string): string | null {
  return field === '\\N' ? null : field.replace(/\\(.)/gs, (_, letter: string) => ESCAPED[letter] ?? letter)
}
