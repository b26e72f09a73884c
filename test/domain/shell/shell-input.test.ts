import { describe, expect, it } from 'vitest'
import { takeEnd, takeLine } from '../../../src/lib/domain/shell/shell-input.ts'

/** What comes of several lines. */
function take(...lines: string[]) {
  const done: string[] = []
  const typed: string[] = []
  let pending = ''
  for (const line of lines) {
    const taken = takeLine(pending, line)
    done.push(...taken.entries.map(({ kind, text }) => `${kind} ${text}`))
    if (taken.typed !== undefined) typed.push(taken.typed)
    pending = taken.pending
  }
  return { done, typed, pending }
}

describe('lines typed into the shell', () => {
  it('are a statement once its semicolon is there, and one entry of the history', () => {
    expect(take('select lang,', "  ';' as a -- and ;", 'from t ;')).toEqual({
      done: ["statement select lang,\n  ';' as a -- and ;\nfrom t"],
      typed: ["select lang,\n  ';' as a -- and ;\nfrom t ;"],
      pending: '',
    })
  })

  it('are as many statements as they hold, and what follows the last semicolon waits', () => {
    expect(take('select 1; select 2; sel', 'ect 3')).toEqual({
      done: ['statement select 1', 'statement select 2'],
      typed: ['select 1; select 2;'],
      pending: 'sel\nect 3',
    })
  })

  it('may be blank, or nothing but a comment, before a statement has begun', () => {
    expect(take('', '  ', '-- a thought', ';')).toEqual({ done: [], typed: ['-- a thought', ';'], pending: '' })
    expect(take('/* a thought', 'over lines */ select 1;').done).toEqual(['statement select 1'])
  })

  it('are a command where they begin with a dot, and a part of the statement where one has begun', () => {
    expect(take('  .tables ', 'select 1 +', '.5;')).toEqual({
      done: ['command .tables', 'statement select 1 +\n.5'],
      typed: ['.tables', 'select 1 +\n.5;'],
      pending: '',
    })
  })

  it('may end without the last semicolon', () => {
    expect(takeEnd('select 1 -- the end')).toEqual([{ kind: 'statement', text: 'select 1' }])
    expect(takeEnd('')).toEqual([])
  })
})
