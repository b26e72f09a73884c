import { describe, expect, it } from 'vitest'
import { arrowLayout, formatOfFile, formOfAnswer } from '../../../src/lib/domain/answer/forms.ts'

const ENDINGS = '.csv, .tsv, .json, .ndjson, .jsonl, .md, .parquet, .arrow, .feather, .arrows, .txt'

describe('formatOfFile', () => {
  it.each([
    ['a.csv', 'csv'],
    ['a.tsv', 'tsv'],
    ['a.JSON', 'json'],
    ['a.b/c.jsonl', 'ndjson'],
    ['a.ndjson', 'ndjson'],
    ['notes.md', 'markdown'],
    ['table.txt', 'table'],
    ['/x/a.parquet', 'parquet'],
    ['a.arrow', 'arrow'],
    ['a.feather', 'arrow'],
    ['a.arrows', 'arrow'],
  ])('takes %s for %s', (path, form) => {
    expect(formatOfFile(path)).toBe(form)
  })

  it.each([
    ['answer', 'it has no ending'],
    ['a.json/answer', 'it has no ending'],
    ['/dev/stdout', 'it has no ending'],
    ['x/.csv', 'it has no ending'],
    ['answer.', 'it has no ending'],
    ['answer.xlsx', 'nothing is known of .xlsx'],
    ['a.constructor', 'nothing is known of .constructor'],
  ])('refuses %s, for %s', (path, fault) => {
    expect(() => formatOfFile(path)).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: `--output ${path} does not say in which form: ${fault}`,
        hint: `end it with ${ENDINGS}, or name the form with --format`,
      }),
    )
  })
})

describe('formOfAnswer', () => {
  const NOTHING = { format: undefined, output: undefined, json: false }
  const pipe = { isTerminal: false }
  const terminal = { isTerminal: true }

  it('is what was asked for, else what the file says, else what suits the reader', () => {
    expect(formOfAnswer(NOTHING, terminal)).toBe('table')
    expect(formOfAnswer(NOTHING, pipe)).toBe('csv')
    expect(formOfAnswer({ ...NOTHING, json: true }, terminal)).toBe('ndjson')
    expect(formOfAnswer({ ...NOTHING, format: 'tsv', json: true }, terminal)).toBe('tsv')
    expect(formOfAnswer({ ...NOTHING, output: 'a.md', json: true }, terminal)).toBe('markdown')
    expect(formOfAnswer({ ...NOTHING, output: 'answer', json: true }, terminal)).toBe('ndjson')
    expect(formOfAnswer({ ...NOTHING, output: 'a.md', format: 'parquet' }, terminal)).toBe('parquet')
    expect(formOfAnswer({ ...NOTHING, format: 'arrow' }, pipe)).toBe('arrow')
  })

  it('refuses bytes on a terminal, and says where they can go', () => {
    expect(() => formOfAnswer({ ...NOTHING, format: 'parquet' }, terminal)).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: '--format parquet is bytes, and a terminal shows text',
        hint: 'add --output answer.parquet, or let another program read it',
      }),
    )
  })

  it('refuses a file whose name says that it is compressed, whatever the form', () => {
    for (const format of [undefined, 'csv'] as const) {
      expect(() => formOfAnswer({ ...NOTHING, format, output: 'a.csv.gz' }, pipe)).toThrow(
        expect.objectContaining({
          code: 'E_USAGE',
          message: '--output a.csv.gz ends with .gz, and answers are not compressed',
          hint: 'write a.csv and compress that, or .parquet, which is compressed',
        }),
      )
    }
  })
})

describe('arrowLayout', () => {
  it('is a stream where bytes come one after the other, and a file where they can be looked up', () => {
    expect([undefined, 'a.arrows', 'a.arrow', 'a.feather', 'answer'].map(arrowLayout)).toEqual([
      'stream',
      'stream',
      'file',
      'file',
      'file',
    ])
  })
})
