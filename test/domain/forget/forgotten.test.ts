import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  forgottenOf,
  NOTHING_FORGOTTEN,
  newIds,
  parseTombstones,
  tombstonesName,
  tombstonesToText,
  withIds,
} from '../../../src/lib/domain/forget/forgotten.ts'
import { IdSet } from '../../../src/lib/domain/forget/id-set.ts'

const anyId = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String)

describe('a set of ids', () => {
  it('has what an ordinary set has, asked by text, by bytes and by halves', () => {
    fc.assert(
      fc.property(fc.array(anyId), fc.array(anyId), (ids, others) => {
        const [set, plain] = [new IdSet(ids), new Set(ids)]
        expect(set.size).toBe(plain.size)
        expect(set.ids.map(BigInt)).toEqual([...plain].map(BigInt).sort((a, b) => (a < b ? -1 : 1)))
        for (const id of [...ids, ...others]) {
          const bytes = new TextEncoder().encode(`"${id}",`)
          expect(set.has(id)).toBe(plain.has(id))
          expect(set.hasBytes(bytes, 1, 1 + id.length)).toBe(plain.has(id))
          const [low, high] = new Int32Array(BigInt64Array.of(BigInt(id)).buffer)
          expect(set.hasHalves(low!, high!)).toBe(plain.has(id))
        }
        expect(set.has('x1')).toBe(false)
      }),
    )
  })

  it('knows ids apart that one number of JavaScript stands for', () => {
    const set = new IdSet(['9007199254740993'])
    expect(['9007199254740992', '9007199254740993', '9007199254740994'].filter(id => set.has(id))).toEqual([
      '9007199254740993',
    ])
  })
})

describe('tombstones', () => {
  it('are the same file for the same ids, in whatever order and however often they are named', () => {
    const text = tombstonesToText({ tweets: ['10', '9'], users: ['501'] })
    expect(text).toBe('{"format":1,"tweets":["9","10"],"users":["501"]}\n')
    expect(tombstonesToText({ tweets: ['9', '10', '9'], users: ['501'] })).toBe(text)
    expect(tombstonesName(text)).toMatch(/^[0-9a-f]{32}$/)
    expect(tombstonesName(text)).not.toBe(tombstonesName(tombstonesToText({ tweets: ['10'], users: ['501'] })))
    expect(parseTombstones(text, 'x')).toEqual({ tweets: ['9', '10'], users: ['501'] })
  })

  it.each([
    ['{', 'the tombstones layer1/forgotten/a.json are damaged: it is not JSON'],
    [
      '{"format":1,"tweets":["9"]}',
      'the tombstones layer1/forgotten/a.json are damaged: what should be a list of ids is none',
    ],
    [
      '{"format":1,"tweets":[9],"users":[]}',
      'the tombstones layer1/forgotten/a.json are damaged: what should be a list of ids is none',
    ],
    ['{"format":2}', 'the file layer1/forgotten/a.json is of format 2, and this twdw knows formats up to 1'],
  ])('that are no tombstones are not passed over: %s', (text, message) => {
    const parse = () => parseTombstones(text, 'layer1/forgotten/a.json')
    expect(parse).toThrow(expect.objectContaining({ code: 'E_LAKE', message }))
  })

  it('stay the same object when nothing is new, by which whoever waits for news knows', () => {
    const known = forgottenOf([{ tweets: ['9'], users: ['501'] }])
    expect(withIds(known, { tweets: ['9'], users: [] })).toBe(known)
    expect(withIds(NOTHING_FORGOTTEN, { tweets: [], users: [] })).toBe(NOTHING_FORGOTTEN)
    const more = withIds(known, { tweets: ['9', '8'], users: ['502'] })
    expect([more.tweets.ids, more.users.ids]).toEqual([
      ['8', '9'],
      ['501', '502'],
    ])
    expect(newIds(known, { tweets: more.tweets.ids, users: more.users.ids })).toEqual({ tweets: ['8'], users: ['502'] })
  })
})
