import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CodedLists,
  type CodedTexts,
  codedListsOf,
  codedTextsOf,
  joinCodedLists,
  joinCodedTexts,
} from '../../../src/lib/domain/columns/coded.ts'
import { decodeText, rowsOf } from '../../../src/lib/domain/columns/rows.ts'
import { takeRows } from '../../../src/lib/domain/columns/take-rows.ts'
import { layer1Table } from '../../support/layer1-rows.ts'
import { plainRows } from '../../support/plain-rows.ts'

const anyText = fc.constantFrom('ação', 'b', '', 'zz', '東京', 'a', 'ab')
const anyFiles = fc.array(
  fc.array(fc.record({ lang: fc.option(anyText, { nil: null }), hashtags: fc.array(anyText, { maxLength: 4 }) }), {
    minLength: 1,
    maxLength: 8,
  }),
  { minLength: 1, maxLength: 4 },
)

const tableOf = (rows: readonly { lang: string | null; hashtags: string[] }[]) =>
  layer1Table(rows.map((row, i) => ({ tweet_id: String(i), ...row })))

const textsIn = ({ texts }: CodedTexts | CodedLists) =>
  Array.from({ length: texts.size }, (_, i) => decodeText(texts.bytes, texts.offsets[i]!, texts.offsets[i + 1]!))

const sortedTexts = (all: readonly string[]) =>
  [...new Set(all)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

describe('coded columns', () => {
  it('joined mean the same texts row by row, and have each text once, in the order of bytes', () => {
    fc.assert(
      fc.property(anyFiles, files => {
        const coded = joinCodedTexts(files.map(rows => codedTextsOf(rowsOf([tableOf(rows)]), 'lang')))
        const langs = files.flat().map(({ lang }) => lang)
        const texts = textsIn(coded)
        expect(texts).toEqual(sortedTexts(langs.filter(lang => lang !== null)))
        expect(Array.from(coded.codes, code => (code === 0 ? null : texts[code - 1]))).toEqual(langs)
      }),
    )
  })

  it('of lists joined have the same items', () => {
    fc.assert(
      fc.property(anyFiles, files => {
        const coded = joinCodedLists(files.map(rows => codedListsOf(rowsOf([tableOf(rows)]), 'hashtags')))
        const lists = files.flat().map(({ hashtags }) => hashtags)
        const texts = textsIn(coded)
        expect(texts).toEqual(sortedTexts(lists.flat()))
        const read = lists.map((_, row) =>
          Array.from(coded.codes.subarray(coded.starts[row], coded.starts[row + 1]), code => texts[code]),
        )
        expect(read).toEqual(lists)
      }),
    )
  })
})

describe('takeTable', () => {
  it('takes rows as they are, lists and runs of neighbours too, in any order and more than once', () => {
    fc.assert(
      fc.property(anyFiles, fc.array(fc.nat(99), { maxLength: 30 }), fc.nat(5), (files, some, runs) => {
        const table = tableOf(files.flat())
        const picks = [
          ...some.map(pick => pick % table.numRows),
          ...Array.from({ length: Math.min(runs, table.numRows) }, (_, i) => i),
        ]
        const rows = plainRows(table).map(row => JSON.stringify(row))
        const taken = plainRows(takeRows(table, Uint32Array.from(picks))).map(row => JSON.stringify(row))
        expect(taken).toEqual(picks.map(pick => rows[pick]))
      }),
    )
  })
})
