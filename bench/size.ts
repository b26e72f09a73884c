/** Sizes of sections, changed by words such as `tweets=1000`. Values in, values out. */
import type { Size } from './section.ts'

/** A name, and what it shall be. @throws Error when `word` is not such a pair */
export function parseSizeWord(word: string): [name: string, value: number | number[]] {
  const [, name, text] = /^([a-zA-Z]+)=(\d+(?:,\d+)*)$/.exec(word) ?? []
  if (name === undefined || text === undefined) {
    throw new Error(`not a size: "${word}"; write tweets=100000, or curve=1000,10000 for several numbers`)
  }
  const numbers = text.split(',').map(Number)
  return [name, numbers.length === 1 ? numbers[0]! : numbers]
}

/** Names that a size does not have are left to other sections. One number stands for a list of one. */
export function sizeWith(size: Size, words: readonly string[]): Size {
  const changed: Record<string, number | readonly number[]> = { ...size }
  for (const [name, value] of words.map(parseSizeWord)) {
    const before = size[name]
    if (before === undefined) continue
    if (typeof before === 'number' && typeof value !== 'number') throw new Error(`${name} is one number`)
    changed[name] = typeof before === 'number' || typeof value !== 'number' ? value : [value]
  }
  return changed
}

/** @throws Error when a word names what none of the sizes has */
export function checkSizeWords(words: readonly string[], sizes: readonly Size[]): void {
  const names = new Set(sizes.flatMap(size => Object.keys(size)))
  for (const [name] of words.map(parseSizeWord)) {
    if (!names.has(name)) throw new Error(`no section has ${name}; there are ${[...names].join(', ')}`)
  }
}
