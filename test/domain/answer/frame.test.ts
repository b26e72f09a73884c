import { describe, expect, it } from 'vitest'
import { drawFrame } from '../../../src/lib/domain/answer/frame.ts'

const linesOf = (count: number) => Array.from({ length: count }, (_, i) => `${i}\n`).join('')
/** Without what moves the cursor. */
const shown = (text: string) => text.replaceAll(/\x1b\[\d*[FJK]/g, '')

describe('drawFrame', () => {
  it('draws over the lines of the frame before, and takes off what is left of it', () => {
    expect(drawFrame('a\nb\n', 0, { columns: 80, rows: 24 })).toEqual({ text: 'a\x1b[K\nb\x1b[K\n\x1b[J', lines: 2 })
    expect(drawFrame('c\n', 2, { columns: 80, rows: 24 })).toEqual({ text: '\x1b[2Fc\x1b[K\n\x1b[J', lines: 1 })
  })

  it('never has more lines than the terminal, and leaves out its middle', () => {
    expect(drawFrame(linesOf(9), 0, { columns: 80, rows: 10 }).lines).toBe(9)
    const cut = drawFrame(linesOf(10), 0, { columns: 80, rows: 10 })
    expect(cut.lines).toBe(9)
    expect(shown(cut.text)).toBe('0\n1\n2\n3\n… 2 lines more\n6\n7\n8\n9\n')
    expect(shown(drawFrame(linesOf(10), 0, { columns: 80, rows: 2 }).text)).toBe('… 10 lines more\n')
  })

  it('counts a line that goes on in the next one as it is seen, colours taking no room', () => {
    expect(drawFrame(`${'x'.repeat(25)}\n日本日本日本\n`, 0, { columns: 10, rows: 24 }).lines).toBe(3 + 2)
    expect(drawFrame(`\x1b[36m${'x'.repeat(10)}\x1b[39m\n`, 0, { columns: 10, rows: 24 }).lines).toBe(1)
    const cut = drawFrame(`${'x'.repeat(25)}\n${linesOf(5)}`, 0, { columns: 10, rows: 6 })
    // as the line about them does here
    expect([cut.lines, shown(cut.text)]).toEqual([5, '… 3 lines more\n2\n3\n4\n'])
  })
})
