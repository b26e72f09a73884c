import { describe, expect, it } from 'vitest'
import { showPlace } from '../../../src/lib/domain/question/sql-place.ts'

/** The SQL as it is shown, with the place where the `|` stands. */
function shown(marked: string): string[] {
  const at = marked.indexOf('|')
  return showPlace(marked.replace('|', ''), at).split('\n')
}

describe('the place in SQL that is wrong', () => {
  it.each([
    ['|selec 1', ['LINE 1: selec 1', '        ^']],
    ['select 1,\n  |nope\nfrom t', ['LINE 2:   nope', '          ^']],
    ['select\r\n 1,\r\n |nope\r\nfrom t', ['LINE 3:  nope', '         ^']],
    ['select (1|', ['LINE 1: select (1', '                 ^']],
    ['select 1\n\n|', ['LINE 3: ', '        ^']],
    // a character of two cells moves the caret by two, a mark that joins the one before it by none
    ["select '日本', |nope", ["LINE 1: select '日本', nope", '                       ^']],
    ["select 'e\u0301👩‍🚀', |nope", ["LINE 1: select 'e\u0301👩‍🚀', nope", '                      ^']],
    ['select\t1,\t|nope', ['LINE 1: select 1, nope', '                  ^']],
    ["select 'a\u001b[31m\u202e', |nope", ["LINE 1: select 'a␛[31m', nope", '                         ^']],
  ])('has its line and a caret below it: %j', (marked, lines) => {
    expect(shown(marked)).toEqual(lines)
  })

  it('is within 80 cells, however long the line', () => {
    expect(shown(`select '${'x'.repeat(500)}', |nope, '${'y'.repeat(500)}'`)).toEqual([
      `LINE 1: …${'x'.repeat(37)}', nope, '${'y'.repeat(22)}…`,
      `${' '.repeat(49)}^`,
    ])
    expect(shown(`select '${'日'.repeat(500)}', |nope`)).toEqual([
      `LINE 1: …${'日'.repeat(18)}', nope`,
      `${' '.repeat(48)}^`,
    ])
  })
})
