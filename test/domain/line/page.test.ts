/** A page and its parts say the same, whatever the page's layout. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseLine } from '../../../src/lib/domain/line/line.ts'
import { partsOfPage } from '../../../src/lib/domain/line/page.ts'

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const encode = (text: string) => new TextEncoder().encode(text)

const id = (max: number) => fc.integer({ min: 1, max }).map(n => String(1_950_000_000_000_000_000n + BigInt(n)))
/** text with what a scanner could trip over */
const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', '{', '}', '[', ']', ',', ':', ' ', '\n', '😀', 'ã') })
const user = fc.record({ id: id(6), username: text, name: text }, { requiredKeys: ['id', 'username'] })
const original = fc.record({ id: id(9), text, author_id: id(6), entities: fc.constant({ hashtags: [{ tag: 'x' }] }) })
const tweet = fc.record(
  {
    id: id(99),
    text,
    author_id: id(6),
    referenced_tweets: fc.array(fc.record({ type: fc.constantFrom('retweeted', 'quoted', 'replied_to'), id: id(9) })),
    geo: fc.record({ place_id: id(3) }),
    public_metrics: fc.record({ like_count: fc.nat() }),
  },
  { requiredKeys: ['id', 'text'] },
)
const page = fc.record(
  {
    data: fc.array(tweet, { minLength: 1, maxLength: 5 }),
    includes: fc.record(
      {
        users: fc.array(user),
        tweets: fc.array(original),
        places: fc.array(fc.record({ id: id(3), full_name: text })),
      },
      { requiredKeys: [] },
    ),
    errors: fc.constant([{ title: '}' }]),
    meta: fc.record({ result_count: fc.nat() }),
    __twarc: fc.record({ version: text }),
  },
  { requiredKeys: ['data'] },
)

interface Flat {
  data: { author_id?: string; referenced_tweets?: { id: string }[]; geo?: { place_id: string } }[]
  includes?: Record<string, { id: string }[]>
}

describe('a page', () => {
  it('gives the tweets that each of its tweets gives in a line with all includes', () => {
    fc.assert(
      fc.property(page, fc.constantFrom(undefined, 1, '\t'), (json, indent) => {
        const whole = parse(JSON.stringify(json, null, indent))
        const { data, includes } = json as Flat
        const single = data.flatMap(element => parse(JSON.stringify({ data: element, includes })))
        expect(whole.map(({ tweet, hour }) => ({ ...tweet, hour, raw: undefined }))).toEqual(
          single.map(({ tweet, hour }) => ({ ...tweet, hour, raw: undefined })),
        )
      }),
    )
  })

  it('comes apart into lines that can be read without it', () => {
    fc.assert(
      fc.property(page, fc.constantFrom(undefined, 2), (json, indent) => {
        for (const { tweet, hour } of parse(JSON.stringify(json, null, indent))) {
          expect(parse(decode(tweet.raw)).map(again => ({ ...again.tweet, hour: again.hour }))).toEqual([
            { ...tweet, hour },
          ])
        }
      }),
    )
  })

  it('gives each line its tweet untouched and only the includes that it names', () => {
    const bytes = encode(
      '{ "data" : [ {"id":9007199254740993, "text" : "\\u00e9", "author_id":"2"} , {"id":"3","text":"","author_id":"7",' +
        '"attachments":{"media_keys":["3_1"]},"referenced_tweets":[{"type":"quoted","id":"4"}]} ],' +
        '"includes":{"users":[ {"id":"1"}, {"id":"2" } ,{"id":"5"}],"tweets":[{"id":"4","author_id":"5","text":"q"},{"id":"6"}],' +
        '"media":[{"media_key":"3_1"},{"media_key":"3_2"}]},"meta":{}, "__twarc":{"version": "2"}}',
    )
    const parts = partsOfPage(JSON.parse(decode(bytes).replace('9007199254740993', '"9007199254740993"')), bytes)
    expect(parts.map(part => decode(part.bytes))).toEqual([
      '{"data":{"id":9007199254740993, "text" : "\\u00e9", "author_id":"2"},"includes":{"users":[{"id":"2" }]},"__twarc":{"version": "2"}}',
      '{"data":{"id":"3","text":"","author_id":"7","attachments":{"media_keys":["3_1"]},"referenced_tweets":[{"type":"quoted","id":"4"}]},' +
        '"includes":{"users":[{"id":"5"}],"tweets":[{"id":"4","author_id":"5","text":"q"}],"media":[{"media_key":"3_1"}]},' +
        '"__twarc":{"version": "2"}}',
    ])
  })

  it('has includes of any name, as JSON.parse reads it', () => {
    const name = fc.oneof(fc.constantFrom('\ufeffusers', '__proto__', '\ufffe', '7', ''), text)
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 4 }), names => {
        const lists = names.map(list => `${JSON.stringify(list)}:[{"id":"2"},{"id":"1"}]`)
        const bytes = encode(`{"data":[{"id":"9","text":"","author_id":"1"}],"includes":{${lists.join()}}}`)
        const includes = names.map(list => `${JSON.stringify(list)}:[{"id":"1"}]`)
        expect(partsOfPage(JSON.parse(decode(bytes)), bytes).map(part => JSON.parse(decode(part.bytes)))).toEqual([
          JSON.parse(
            `{"data":{"id":"9","text":"","author_id":"1"}${names.length > 0 ? `,"includes":{${includes.join()}}` : ''}}`,
          ),
        ])
      }),
    )
  })
})

function parse(line: string) {
  return parseLine({ bytes: encode(line), source: 'replay', capturedAtMs: 0 }, { listenedTags: [], ruleNames: {} })
    .tweets
}
