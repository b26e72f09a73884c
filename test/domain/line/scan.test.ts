import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Scan } from '../../../src/lib/domain/line/scan.ts'
import { type Member, shapeOf } from '../../../src/lib/domain/line/shape.ts'

const NAME = 0
const COUNT = 1
const IS = 2
const INNER = 3
const INNER_NAME = 4
const TAGS = 5
const TEXTS = 6
const LIST = 7
const EACH = 8
const SCRATCH = 9
const OWN = 11
const text = (slot: number): Member => ({ is: 'text', slot })
const shape = shapeOf({
  name: text(NAME),
  count: { is: 'count', slot: COUNT },
  is: { is: 'flag', slot: IS },
  inner: { is: 'object', slot: INNER, members: { name: text(INNER_NAME) } },
  tags: {
    is: 'picked',
    slot: TAGS,
    scratch: SCRATCH,
    members: { tag: text(SCRATCH), other: text(SCRATCH + 1) },
  },
  texts: { is: 'texts', slot: TEXTS },
  list: { is: 'list', slot: LIST },
  each: { is: 'each', slot: EACH, first: OWN, stride: 1, most: 2, members: { id: text(0) } },
  any: { is: 'skipped' },
  never: { is: 'refused' },
})

const utf8 = (json: string) => new TextEncoder().encode(json)

/** What a scan found, under the names of the slots; undefined where it said no. */
function scanned(json: string, scan = new Scan(shape, OWN + 2, OWN)) {
  if (!scan.read(utf8(json))) return undefined
  const valueAt = (slot: number) =>
    scan.has(slot) ? new TextDecoder().decode(scan.bytes.subarray(scan.start(slot), scan.end(slot))) : null
  return {
    name: valueAt(NAME),
    count: scan.has(COUNT) ? scan.integer(COUNT) : null,
    is: valueAt(IS),
    inner: scan.has(INNER) ? valueAt(INNER_NAME) : undefined,
    tags: scan.itemTexts(TAGS),
    texts: scan.itemTexts(TEXTS),
    list: scan.hasElements(LIST) ? valueAt(LIST) : null,
    each: Array.from({ length: scan.count(EACH) }, (_, n) => valueAt(OWN + n)),
  }
}

const NOTHING = { name: null, count: null, is: null, inner: undefined, tags: [], texts: [], list: null, each: [] }

describe('a scan', () => {
  it('finds the values of a shape, in any order, with any white space, whatever stands beside them', () => {
    const json = `{ "x":[{"name":"no"},1.5e-3] , "tags":[{"tag":"a","z":0},{"other":"b"},{},{"other":"c","tag":"d"}],
      "count" : -12,"inner":{"y":{},"name":"in"},"is":false,"texts":["p","q\\u00e7"],"list":[ [1] ],"each":[{"id":"1"},{}],
      "any":{"name":"no"},"never":null,"name":"ação"}`
    expect(scanned(json)).toEqual({
      name: 'ação',
      count: -12,
      is: 'false',
      inner: 'in',
      tags: ['a', 'b', 'd'],
      texts: ['p', 'qç'],
      list: '[ [1] ]',
      each: ['1', null],
    })
  })

  it('takes null for absent', () => {
    const names = ['name', 'count', 'is', 'inner', 'tags', 'texts', 'list', 'each', 'any', 'never']
    expect(scanned(`{${names.map(name => `"${name}":null`).join(',')}}`)).toEqual(NOTHING)
    expect(scanned('{}')).toEqual(NOTHING)
  })

  it('knows nothing of the text before', () => {
    const scan = new Scan(shape, OWN + 2, OWN)
    scanned('{"name":"a","each":[{"id":"1"},{"id":"2"}],"texts":["b"],"inner":{"name":"c"}}', scan)
    expect(scanned('{"each":[{}]}', scan)).toEqual({ ...NOTHING, each: [null] })
  })

  it.each([
    ['another kind of value', '{"name":1}'],
    ['another kind of value', '{"count":"1"}'],
    ['another kind of value', '{"is":0}'],
    ['another kind of value', '{"inner":[]}'],
    ['another kind of value', '{"texts":[1]}'],
    ['another kind of value', '{"tags":["a"]}'],
    ['a fraction', '{"count":1.0}'],
    ['an exponent', '{"count":1e2}'],
    ['16 digits', '{"count":1234567890123456}'],
    ['a name twice', '{"name":"a","name":"b"}'],
    ['a name taken back', '{"name":"a","name":null}'],
    ['more than foreseen', '{"each":[{},{},{}]}'],
    ['what is refused', '{"never":0}'],
    ['an escape in a name', '{"n\\u0061me":"a"}'],
    ['no object', '["a"]'],
    ['something behind', '{} {}'],
    ['33 levels', `{"any":${'['.repeat(32)}${']'.repeat(32)}}`],
  ])('says no to %s: %s', (_, json) => {
    expect(JSON.parse(json.replace('{} {}', '{}'))).toBeDefined()
    expect(scanned(json)).toBeUndefined()
  })

  it('says no to all that is no JSON: property', () => {
    const cut = fc.record({
      at: fc.nat(),
      length: fc.integer({ min: 0, max: 2 }),
      put: fc.string({ unit: 'binary-ascii', maxLength: 2 }),
    })
    fc.assert(
      fc.property(fc.array(cut, { minLength: 1, maxLength: 2 }), cuts => {
        let json = '{"any":[1,-2.5e+3,true,null,"a\\n\\u00e7"],"name":"b","x":{"y":[]}}'
        for (const { at, length, put } of cuts) {
          const start = at % (json.length + 1)
          json = json.slice(0, start) + put + json.slice(start + length)
        }
        let isJson = true
        try {
          JSON.parse(json)
        } catch {
          isJson = false
        }
        if (!isJson) expect(scanned(json)).toBeUndefined()
      }),
      { numRuns: 20_000 },
    )
  })
})
