import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commandLine, unitWord } from '../../../src/lib/domain/schedule/unit-words.ts'

/** What systemd.syntax(7) says of quotes and backslashes, and nothing else. */
function unquote(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (let i = 0; i < line.length; i++) {
    const character = line.charAt(i)
    if (character === '\\') word = (word ?? '') + line.charAt(++i)
    else if (character === quote) quote = undefined
    else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character
      word ??= ''
    } else if (quote === undefined && character === ' ') {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + character
  }
  if (quote !== undefined) throw new Error(`a quotation is open at the end of ${line}`)
  return word === undefined ? words : [...words, word]
}

/** What systemd.unit(5) says of specifiers, and systemd.service(5) of variables. */
function expand(word: string, sign: '%' | '$'): string {
  return word.replace(sign === '%' ? /%(.?)/g : /\$(.?)/g, (whole, next) => {
    if (next !== sign) throw new Error(`${whole} would be expanded`)
    return sign
  })
}

/** Letters of any script and everything that a unit or a shell finds special; no control characters. */
const anyWord = fc
  .array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.constantFrom(...'%$\\"\'; :{}#-=%$\\"')))
  .map(parts => [...parts.join('')].filter(character => character >= ' ' && character !== '\u007f').join(''))

describe('words in a unit', () => {
  it('are read back by systemd as they were, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(anyWord), words => {
        const line = words.map(unitWord).join(' ')
        expect(unquote(line).map(word => expand(word, '%'))).toEqual(words)
      }),
    )
  })

  it('are read back from a command line too, where variables would be put in', () => {
    fc.assert(
      fc.property(anyWord, fc.array(anyWord), (name, words) => {
        const path = `/${name}`
        const [first = '', ...rest] = unquote(commandLine([path, ...words])).map(word => expand(word, '%'))
        expect([first, ...rest.map(word => expand(word, '$'))]).toEqual([path, ...words])
      }),
    )
  })

  it('stay as they are where they can, so that units stay readable', () => {
    expect(commandLine(['/usr/bin/twdw', 'listen', 'eleição', '日本', 'हिन्दी', '--lang=pt'])).toBe(
      '/usr/bin/twdw listen eleição 日本 हिन्दी --lang=pt',
    )
  })

  it('are quoted where a sign would part them, also the two sides of a bind mount', () => {
    expect([unitWord(''), unitWord('a b'), unitWord('/a:b'), unitWord(';'), unitWord('50%')]).toEqual([
      '""',
      '"a b"',
      '"/a:b"',
      '";"',
      '50%%',
    ])
  })
})
