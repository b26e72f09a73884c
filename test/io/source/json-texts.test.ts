import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openTextJoiner } from '../../../src/lib/io/source/json-texts.ts'

function join(lines: readonly string[], maxTextBytes = 1_000_000): string[] {
  const joiner = openTextJoiner({ maxTextBytes })
  const texts: string[] = []
  for (const line of lines) {
    const memory = Buffer.from(line)
    texts.push(...joiner.push(memory).map(text => Buffer.from(text).toString()))
    memory.fill(0x2a)
  }
  return [...texts, ...joiner.finish().map(text => Buffer.from(text).toString())]
}

const TEXT_CHARS = ['a', '"', '\\', '{', '}', '[', ']', ',', ':', '日', '😀', '\n', '\u2028']
const text = fc.string({ unit: fc.constantFrom(...TEXT_CHARS), maxLength: 6 })
const { json } = fc.letrec(tie => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, -0.5, 1e21),
    text,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(text, tie('json'), { maxKeys: 3 }),
  ),
}))
const object = fc.dictionary(text, json, { maxKeys: 4 })

describe('a text joiner', () => {
  it('puts together what was printed over several lines, between texts of one line', () => {
    const layout = fc.constantFrom(undefined, 1, '\t')
    const texts = fc.array(fc.tuple(fc.oneof(object, fc.array(json)), layout), { maxLength: 6 })
    fc.assert(
      fc.property(texts, documents => {
        const lines = documents.flatMap(([value, indent]) => JSON.stringify(value, null, indent).split('\n'))
        expect(join(lines).map(line => JSON.parse(line))).toEqual(documents.map(([value]) => value))
      }),
      { numRuns: 1000 },
    )
  })

  it('lets no torn text swallow a text that follows', () => {
    const whole = '{"data":{"id":"1","text":"a } b"},"x":[1,2]}'
    for (let length = 1; length < whole.length; length++) {
      const torn = whole.slice(0, length)
      const texts = join([torn, whole, whole])
      expect(texts.slice(-2)).toEqual([whole, whole])
      expect(texts.slice(0, -2)).toEqual([torn])
    }
  })

  it('lets no torn document swallow the texts that follow, and gives what is left of it as one', () => {
    const document = JSON.stringify({ statuses: [{ id: 1, user: { name: 'a' } }, { id: 2 }] }, null, 2).split('\n')
    for (let lines = 1; lines < document.length; lines++) {
      const torn = document.slice(0, lines)
      expect(join([...torn, '{"id":"3"}', '{"id":"4"}'])).toEqual([torn.join(' '), '{"id":"3"}', '{"id":"4"}'])
    }
  })

  it('reads an array with one element a line, as many programs write it', () => {
    expect(join(['[', '{"id":"1"},', '{"id":"2"}', ']', '{"id":"3"}'])).toEqual([
      '[ {"id":"1"}, {"id":"2"} ]',
      '{"id":"3"}',
    ])
    expect(join(['[{"id":"1"}', ',{"id":"2"}', ']'])).toEqual(['[{"id":"1"} ,{"id":"2"} ]'])
  })

  it.each([
    [['keep-alive', '{"id":"1"}']],
    [['}', ']', '"text"', '{"id":"1"}']],
    [['{"a":1} garbage', '{"id":"1"}']],
    [['{"a" 1', '{"id":"1"}']],
    [['{"text":"ends in the string', 'and goes on"}', '{"id":"1"}']],
    [['{"a":[}', '{"id":"1"}']],
    [['{,', '{"id":"1"}']],
    [['[1 2', '{"id":"1"}']],
  ])('gives %j as they are', lines => {
    expect(join(lines)).toEqual(lines)
  })

  it('takes a document apart that is longer than it may hold', () => {
    expect(join(['[', '{"id":"1"},', '{"id":"2"}', ']'], 20)).toEqual(['[ {"id":"1"},', '{"id":"2"}', ']'])
  })
})
