import { describe, expect, it } from 'vitest'
import {
  arrowLayout,
  CHARTS,
  formOfAnswer,
  parseChart,
  parseFormat,
  SHELL_WORDS,
} from '../../../src/lib/domain/answer/forms.ts'

const NOTHING = { format: undefined, output: undefined, json: false }
const pipe = { isTerminal: false }
const terminal = { isTerminal: true }
const formOfFile = (output: string) => formOfAnswer({ ...NOTHING, output }, pipe)

const ENDINGS = '.csv, .tsv, .json, .ndjson, .jsonl, .md, .html, .htm, .svg, .parquet, .arrow, .feather, .arrows, .txt'

describe('the form of a file', () => {
  it.each([
    ['a.csv', 'csv'],
    ['a.tsv', 'tsv'],
    ['a.JSON', 'json'],
    ['a.b/c.jsonl', 'ndjson'],
    ['a.ndjson', 'ndjson'],
    ['notes.md', 'markdown'],
    ['table.txt', 'table'],
    ['report.HTML', 'html'],
    ['week.htm', 'html'],
    ['week.svg', 'svg'],
    ['/x/a.parquet', 'parquet'],
    ['a.arrow', 'arrow'],
    ['a.feather', 'arrow'],
    ['a.arrows', 'arrow'],
  ])('takes %s for %s', (path, form) => {
    expect(formOfFile(path)).toBe(form)
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
    expect(() => formOfFile(path)).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: `--output ${path} does not say in which form: ${fault}`,
        hint: `end it with ${ENDINGS}, or name the form with --format`,
      }),
    )
  })

  it('is no PNG: nothing else is written into one', () => {
    const refusal = { code: 'E_USAGE', message: 'PNG is not drawn: there is no canvas to paint pixels on' }
    expect(() => formOfFile('week.png')).toThrow(expect.objectContaining(refusal))
    expect(() => formOfAnswer({ ...NOTHING, format: 'chart', output: 'week.PNG' }, pipe)).toThrow(
      expect.objectContaining(refusal),
    )
    expect(() => parseFormat('png')).toThrow(expect.objectContaining(refusal))
  })
})

describe('formOfAnswer', () => {
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

  it('is a picture for a chart where the file is one, else the characters of a terminal', () => {
    const formOfChart = (output?: string) => formOfAnswer({ ...NOTHING, format: 'chart', output }, terminal)
    expect(['week.svg', 'week.html', 'week.txt', 'week.csv', 'week', undefined].map(formOfChart)).toEqual([
      'svg',
      'html',
      'chart',
      'chart',
      'chart',
      'chart',
    ])
  })

  it.each([
    ['parquet', 'bytes'],
    ['arrow', 'bytes'],
    ['html', 'a page'],
    ['svg', 'a picture'],
  ] as const)('refuses %s on a terminal, for it is %s, and says where it can go', (format, what) => {
    const message = `${format} is ${what}, and a terminal shows text`
    expect(() => formOfAnswer({ ...NOTHING, format }, terminal)).toThrow(
      expect.objectContaining({ code: 'E_USAGE', message, hint: `write it to a file: --output answer.${format}` }),
    )
    expect(() => formOfAnswer({ ...NOTHING, format }, terminal, SHELL_WORDS)).toThrow(
      expect.objectContaining({ code: 'E_USAGE', message, hint: `write it to a file: .once answer.${format}` }),
    )
    expect(formOfAnswer({ ...NOTHING, format }, pipe)).toBe(format)
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

describe('parseChart', () => {
  it('takes the words of charts, and what a settings file says of a flag', () => {
    expect([...CHARTS, 'true', 'false'].map(parseChart)).toEqual([...CHARTS, 'auto', undefined])
    expect(() => parseChart('pie')).toThrow('not a chart: "pie"')
  })
})
