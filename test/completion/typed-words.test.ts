import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quoteFor, readShellWords } from '../../src/lib/completion/typed-words.ts'
import { hasShell } from '../support/shells.ts'

const bash = (...words: string[]) => readShellWords('bash', words, words.length - 1, '/home/ana')

describe('readShellWords', () => {
  it.each<[string[], string[], string]>([
    [['query', '--ta'], ['query'], '--ta'],
    [['query', '--lake', '~/my\\ lake', ''], ['query', '--lake', '/home/ana/my lake'], ''],
    [['query', '--lake', "'it'\\''s'", 'x'], ['query', '--lake', "it's"], 'x'],
    [['query', '--lake', '"a \\"b\\" \\c"', 'x'], ['query', '--lake', 'a "b" \\c'], 'x'],
    [['query', '--tag', '='], ['query'], '--tag='],
    [['query', '--tag', '=', "'#a"], ['query'], '--tag=#a'],
    [['query', '--lake', '=', 'x', '--tag', '=', 'a'], ['query', '--lake=x'], '--tag=a'],
    [['query', '--sql', 'a', '=', 'b'], ['query', '--sql', 'a', '='], 'b'],
    [['query', '~', '~ana/x'], ['query', '/home/ana'], '~ana/x'],
  ])('reads %j as bash hands it over', (words, before, current) => {
    expect(bash(...words)).toMatchObject({ before, current, after: [] })
  })

  it('knows what stands behind the cursor, and that nothing may stand at it', () => {
    expect(readShellWords('bash', ['query', '--t', '--top', '3'], 1, undefined)).toMatchObject({
      before: ['query'],
      current: '--t',
      after: ['--top', '3'],
    })
    expect(readShellWords('fish', ['query'], 1, undefined)).toMatchObject({ before: ['query'], current: '', after: [] })
    expect(readShellWords('zsh', ['query', "it's"], 1, undefined)).toMatchObject({ current: "it's", quote: '' })
  })
})

describe('quoteFor', () => {
  it('leaves out what the shell keeps', () => {
    expect(quoteFor('bash', '--tag=eleição', bash('query', '--tag', '=', 'el'))).toBe('eleição')
    expect(quoteFor('fish', '--tag=eleição', readShellWords('fish', ['--tag=el'], 0, undefined))).toBe('--tag=eleição')
  })

  it('offers nothing that moves a cursor or ends a line', () => {
    for (const shell of ['bash', 'zsh', 'fish'] as const) {
      for (const word of ['a\nb', 'a\tb', '\u001b[2J', 'a\u2028b']) {
        expect(quoteFor(shell, word, { quote: '', kept: '' })).toBeUndefined()
      }
    }
  })

  it.skipIf(!hasShell('bash'))('gives bash a word that it takes for what was meant, in any quotes', () => {
    const text = fc.stringMatching(/^[ -~çã日😀]{1,12}$/u)
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 40 }), fc.constantFrom('', '"', "'"), (words, quote) => {
        const quoted = words.map(word => quoteFor('bash', word, { quote, kept: '' }))
        const kept = words.filter((_, i) => quoted[i] !== undefined)
        const line = quoted.flatMap(word => (word === undefined ? [] : `${quote}${word}${quote}`)).join(' ')
        const { stdout } = spawnSync('bash', ['--norc', '-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' })
        expect(stdout.split('\n').slice(0, -1)).toEqual(kept.length === 0 ? [''] : kept)
      }),
      { numRuns: 30 },
    )
  })
})
