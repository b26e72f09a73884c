import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { drawTable, padText, terminalText } from '../../../src/lib/domain/answer/text-table.ts'
import { cellsFrom } from '../../support/cells.ts'

type Columns = Parameters<typeof cellsFrom>[0]

const draw = (columns: Columns, width?: number) =>
  [...drawTable(cellsFrom(columns), Object.values(columns)[0]?.length ?? 0, width)].join('')

describe('drawTable', () => {
  it('aligns wide characters and right-to-left text, and numbers to the right', () => {
    expect(draw({ tag: ['covid19', '日本', 'مرحبا', '👩‍👩‍👧', null], n: [1, 22, 333, 4, 5] })).toBe(
      [
        '┌─────────┬─────┐',
        '│ tag     │   n │',
        '├─────────┼─────┤',
        '│ covid19 │   1 │',
        '│ 日本    │  22 │',
        '│ مرحبا   │ 333 │',
        '│ 👩‍👩‍👧      │   4 │',
        '│ null    │   5 │',
        '└─────────┴─────┘',
        '',
      ].join('\n'),
    )
  })

  it('cuts the longest texts with … to fit, whole characters only, and never a number', () => {
    expect(draw({ id: [9007199254740991], text: ['日本日本日本'], name: ['abcdefgh'] }, 40)).toBe(
      [
        '┌──────────────────┬─────────┬─────────┐',
        '│               id │ text    │ name    │',
        '├──────────────────┼─────────┼─────────┤',
        '│ 9007199254740991 │ 日本日… │ abcdef… │',
        '└──────────────────┴─────────┴─────────┘',
        '',
      ].join('\n'),
    )
  })

  it('is as wide as it must be where the terminal is too narrow for the numbers', () => {
    expect(draw({ a: ['abcdefgh'], n: [123456789] }, 5).split('\n')[3]).toBe('│ abc… │ 123456789 │')
  })

  it('keeps what is 0 and what is not known apart, and marks counts only', () => {
    const day = Array.from({ length: 25 }, (_, i) => (i === 0 ? null : `day ${i}`))
    const n = day.map((_, i) => (i === 0 || i > 12 ? null : 0))
    const gapOf = (row: number) => (n[row] === 0 ? 'of 0' : 'not known')
    const text = [...drawTable(cellsFrom({ day, n }), 25, 80, { gapOf, unknownFrom: 1 })].join('')
    expect(text.split('\n').slice(3, -2)).toEqual([
      '│ null            │ – │',
      '│ … 12 rows of 0      │',
      '│ … 12 rows not known │',
    ])
  })

  it('shows ten rows of 0 on end, and more of them as one line', () => {
    const day = Array.from({ length: 33 }, (_, i) => `day ${i}`)
    const n = day.map((_, i) => (i === 0 || i === 11 || i === 32 ? 7 : 0))
    const gapOf = (row: number) => (n[row] === 0 ? 'of 0' : undefined)
    const text = [...drawTable(cellsFrom({ day, n }), 33, 80, { gapOf })].join('')
    expect(text.split('\n').slice(0, -1)).toEqual([
      '┌────────────┬───┐',
      '│ day        │ n │',
      '├────────────┼───┤',
      '│ day 0      │ 7 │',
      ...Array.from({ length: 10 }, (_, i) => `│ ${`day ${i + 1}`.padEnd(10)} │ 0 │`),
      '│ day 11     │ 7 │',
      '│ … 20 rows of 0 │',
      '│ day 32     │ 7 │',
      '└────────────┴───┘',
    ])
  })

  it('has no column, no table', () => {
    expect(draw({})).toBe('')
  })

  it('is a rectangle that fits, whatever the texts are', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      // marks that join with the space before or behind them
      fc.constantFrom('', '日本', '\x1b[31m', 'a\tb', '\u202e', '\u0e33', 'a\u0d4e', '\u0301'),
    )
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1 }),
        fc.array(text, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 20, max: 60 }),
        (texts, more, width) => {
          const rows = texts.length
          const columns = Object.fromEntries(
            [texts, ...more.map(text => Array(rows).fill(text))].map((values, i) => [`c${i}`, values]),
          )
          const lines = draw(columns, width).split('\n').slice(0, -1)
          expect(lines).toHaveLength(rows + 4)
          const widths = new Set(lines.map(line => stringWidth(line)))
          expect(widths.size).toBe(1)
          expect(Math.max(...widths)).toBeLessThanOrEqual(Math.max(width, 1 + 7 * (more.length + 1)))
          expect(lines.join('')).not.toMatch(/[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('terminalText', () => {
  it('shows controls as pictures, takes direction marks out and leaves everything else', () => {
    expect(terminalText('a\tb\x1b[31mred\r\n\x7f\x9b')).toBe('a␉b␛[31mred␍␊␡\ufffd')
    expect(terminalText('\u202eevil\u202c \u2067x\u2069\u200f')).toBe('evil x')
    expect(terminalText('line\u2028end')).toBe('line␤end')
    expect(terminalText('\ud800')).toBe('\ufffd')
    expect(terminalText('👩‍👩‍👧 مرحبا 日本 é')).toBe('👩‍👩‍👧 مرحبا 日本 é')
  })
})

describe('padText', () => {
  it('fills what a cut wide character leaves', () => {
    expect(padText('日本日本', 6, false)).toBe('日本… ')
    expect(padText('日本日本', 6, true)).toBe(' 日本…')
    expect(padText('abc', 1, false)).toBe('…')
  })
})
