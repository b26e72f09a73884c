import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { drawTable, padText, terminalLines, terminalText } from '../../../src/lib/domain/answer/text-table.ts'
import { cellsFrom } from '../../support/cells.ts'

type Columns = Parameters<typeof cellsFrom>[0]

const draw = (columns: Columns, width?: number) =>
  [...drawTable(cellsFrom(columns), Object.values(columns)[0]?.length ?? 0, { width, isTerminal: false })].join('')

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

  it('has a line for each value where a table does not fit, and never cuts a number', () => {
    expect(draw({ a: ['abcdefgh', null], in_reply_to_user_id: [9007199254740991, 2], c: ['', '日本日本'] }, 20)).toBe(
      [
        '── row 1 ───────────',
        'a          abcdefgh',
        'in_reply…  9007199254740991',
        'c          ',
        '── row 2 ───────────',
        'a          null',
        'in_reply…  2',
        'c          日本日本',
        '',
      ].join('\n'),
    )
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`column ${i}`, [`text ${i}`]]))
    expect(draw(many, 80).split('\n').slice(0, 3)).toEqual([
      `── row 1 ${'─'.repeat(71)}`,
      'column 0   text 0',
      'column 1   text 1',
    ])
    expect(
      draw(Object.fromEntries(Object.keys(many).map(name => [name, []])), 80)
        .split('\n')
        .slice(0, 2),
    ).toEqual([`── no row ${'─'.repeat(70)}`, 'column 0'])
  })

  it('folds rows of 0 there too', () => {
    const n = [5, ...Array(20).fill(0)]
    const columns = cellsFrom({ a: n.map(() => 'some text'), b: n.map(() => 'more text'), n })
    const gapOf = (row: number) => (n[row] === 0 ? 'of 0' : undefined)
    const text = [...drawTable(columns, 21, { width: 20, isTerminal: true }, { gapOf })].join('')
    expect(text).toBe('── row 1 ───────────\na  some text\nb  more text\nn  5\n… 20 rows of 0\n')
  })

  it('keeps text that runs from right to left apart from what is beside it, on a terminal', () => {
    const columns = { tag: ['مرحبا', 'שלום', 'duck', '𞤀'], n: [333, 4, 5, 6] }
    const onTerminal = (width: number) =>
      [...drawTable(cellsFrom(columns), 4, { width, isTerminal: true })].join('').split('\n').slice(0, -1)
    expect(onTerminal(80).slice(3, -1)).toEqual([
      '│ \u2068مرحبا\u2069 │ 333 │',
      '│ \u2068שלום\u2069  │   4 │',
      '│ duck  │   5 │',
      '│ \u2068𞤀\u2069     │   6 │',
    ])
    expect(onTerminal(12).slice(0, 3)).toEqual(['── row 1 ───', 'tag  \u2068مرحبا\u2069', 'n    333'])
    expect(draw(columns, 80)).not.toMatch(/[\u2068\u2069]/)
  })

  it('keeps what is 0 and what is not known apart, and marks counts only', () => {
    const day = Array.from({ length: 25 }, (_, i) => (i === 0 ? null : `day ${i}`))
    const n = day.map((_, i) => (i === 0 || i > 12 ? null : 0))
    const gapOf = (row: number) => (n[row] === 0 ? 'of 0' : 'not known')
    const text = [
      ...drawTable(cellsFrom({ day, n }), 25, { width: 80, isTerminal: true }, { gapOf, unknownFrom: 1 }),
    ].join('')
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
    const text = [...drawTable(cellsFrom({ day, n }), 33, { width: 80, isTerminal: true }, { gapOf })].join('')
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

  it('is a rectangle or a list that fits, whatever the texts are', () => {
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
          const drawn = [...drawTable(cellsFrom(columns), rows, { width, isTerminal: true })].join('')
          expect(drawn).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066\u2067]/)
          const lines = drawn.split('\n').slice(0, -1)
          const isTable = drawn.startsWith('┌')
          expect(lines).toHaveLength(isTable ? rows + 4 : rows * (1 + Object.keys(columns).length))
          for (const line of lines)
            expect(line.replace(/\u2068[^\u2068\u2069]*\u2069/g, '')).not.toMatch(/[\u2068\u2069]/)
          const widths = lines.map(line => stringWidth(line))
          expect(Math.max(...widths)).toBeLessThanOrEqual(width)
          if (isTable) expect(new Set(widths).size).toBe(1)
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
    expect(terminalText('soft\u00adhyphen zero\u200bwidth')).toBe('softhyphen zerowidth')
    expect(terminalText('\ud800')).toBe('\ufffd')
    expect(terminalText('👩‍👩‍👧 مرحبا 日本 é')).toBe('👩‍👩‍👧 مرحبا 日本 é')
  })
})

describe('terminalLines', () => {
  it('leaves tabs and line ends where they are, and nothing else that a terminal obeys', () => {
    expect(terminalLines('a\tb\n\x1b[31mred\r\n\u202eevil\x9b')).toBe('a\tb\n␛[31mred␍\nevil\ufffd')
  })
})

describe('padText', () => {
  it('fills what a cut wide character leaves', () => {
    expect(padText('日本日本', 6, false)).toBe('日本… ')
    expect(padText('日本日本', 6, true)).toBe(' 日本…')
    expect(padText('abc', 1, false)).toBe('…')
  })
})
