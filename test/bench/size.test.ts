import { describe, expect, it } from 'vitest'
import { checkSizeWords, sizeWith } from '../../bench/size.ts'

const SIZE = { tweets: 1000, curve: [1, 2] }

describe('a size', () => {
  it('is changed by words', () => {
    expect(sizeWith(SIZE, ['tweets=5', 'curve=3,4'])).toEqual({ tweets: 5, curve: [3, 4] })
    expect(sizeWith(SIZE, ['curve=3'])).toEqual({ tweets: 1000, curve: [3] })
  })

  it('leaves to other sections what it does not have', () => {
    expect(sizeWith(SIZE, ['hours=5'])).toEqual(SIZE)
  })

  it('has one number where it has one', () => {
    expect(() => sizeWith(SIZE, ['tweets=1,2'])).toThrow(new Error('tweets is one number'))
  })

  it('is not changed by what is no such word', () => {
    const sentence = 'not a size: "tweets"; write tweets=100000, or curve=1000,10000 for several numbers'
    expect(() => sizeWith(SIZE, ['tweets'])).toThrow(new Error(sentence))
  })

  it('that nobody has is refused', () => {
    expect(() => checkSizeWords(['tweet=5'], [SIZE])).toThrow(
      new Error('no section has tweet; there are tweets, curve'),
    )
  })
})
