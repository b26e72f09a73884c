import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Hour } from '../../../src/lib/domain/hour.ts'
import { ODD_IDS, ODD_INSTANTS } from '../../support/any-layer1.ts'
import type { Layer1Row } from '../../support/layer1-rows.ts'
import { bothStars, openStarSql, type StarSql } from '../../support/star-by-sql.ts'

const HOUR = '2024-01-01T10' as Hour
const CREATED_AT = '2024-01-01T10:00:00.000Z'
const SEED = Number(process.env.TWDW_SEED ?? process.hrtime.bigint() % 1_000_000n)
const TEXTS = 1_500

let sql: StarSql
beforeAll(async () => {
  sql = await openStarSql()
})
afterAll(() => sql.close())

/** The text with a few characters put in, taken out or made others. */
function nearly(texts: readonly string[], characters: string): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(40),
    removed: fc.constantFrom(0, 1, 1, 2),
    added: fc.constantFrom('', ...characters),
  })
  const edits = fc.array(edit, { maxLength: 2 })
  return fc
    .record({ text: fc.constantFrom(...texts), edits })
    .map(({ text, edits }) =>
      edits.reduce((some, { at, removed, added }) => some.slice(0, at) + added + some.slice(at + removed), text),
    )
}

const instants = [
  ...[
    '2024-01-01T10:00:00.000Z',
    '2024-01-01t10:59:59.999z',
    '2024-01-01 15:45:00.5+05:45',
    '2024-01-01T06:30:00-0330',
  ],
  ...['Mon Jan 01 10:00:00 +0000 2024', 'Mon Jan 01 06:30:00 -0330 2024', '2024-02-29T23:59:59.123456789Z'],
  ...['1970-01-01T00:00:00Z', '9999-12-30T23:59:59.999Z', '2023-12-31T23:59:60Z', '2100-02-28T10:00:00Z'],
]
const ids = [
  '0',
  '7',
  '007',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '30000000000',
  '1741765000000000001',
]

async function expectSame(rows: readonly Layer1Row[]): Promise<void> {
  const files = [rows.map((row, i) => ({ ...row, raw: `row ${i}` }))]
  const [both] = await bothStars(sql, { timeZone: 'America/Sao_Paulo', hours: [{ hour: HOUR, files }] })
  expect(both!.bySql).toEqual(both!.byKernels)
  expect(both!.byKernels.fact_tweet.length).toBeGreaterThan(0)
  expect(both!.byKernels.rejected.length).toBeGreaterThan(0)
}

describe(`casts by SQL, of ${TEXTS} texts (TWDW_SEED=${SEED})`, { timeout: 60_000 }, () => {
  it('read the instants that the kernels read, to the millisecond, and refuse all others', async () => {
    const texts = [
      ...ODD_INSTANTS,
      ...fc.sample(nearly(instants, '0123459TtZz:+-. \n\0AJanb٣'), { numRuns: TEXTS, seed: SEED }),
    ]
    await expectSame(
      texts.flatMap((text, i) => [
        { tweet_id: `1${i}`, created_at: text },
        { tweet_id: `2${i}`, created_at: CREATED_AT, author_id: `${i}`, user_username: 'ana', user_created_at: text },
      ]),
    )
  })

  it('read the ids that the kernels read, and refuse all others', async () => {
    const texts = [...ODD_IDS, ...fc.sample(nearly(ids, '0159 -+.eE_x\n\0٣０'), { numRuns: TEXTS, seed: SEED })]
    const good = { created_at: CREATED_AT }
    await expectSame(
      texts.flatMap((text, i) => [
        { ...good, tweet_id: text },
        { tweet_id: text },
        { ...good, tweet_id: `1${i}`, author_id: text, user_name: 'ana' },
        { ...good, tweet_id: `2${i}`, conversation_id: text },
        { ...good, tweet_id: `3${i}`, referenced_id: text },
        { ...good, tweet_id: `4${i}`, in_reply_to_user_id: text },
        { ...good, tweet_id: '5', edit_history_ids: ['1', text, '005', '5'], captured_at: new Date(i).toISOString() },
        { ...good, tweet_id: `6${i}`, edit_history_ids: [text] },
      ]),
    )
  })

  it('name the first of several faults', async () => {
    const bad: Partial<Layer1Row>[] = [
      { tweet_id: 'one' },
      { created_at: 'two' },
      { edit_history_ids: ['1', 'three', 'three again'] },
      { kind: 'four' as never },
      { author_id: 'five' },
      { conversation_id: 'six' },
      { referenced_id: 'seven' },
      { in_reply_to_user_id: 'eight' },
      { user_created_at: 'nine' },
    ]
    const outside = { created_at: '2024-01-01T11:00:00.000Z' }
    const pairs = bad.flatMap((one, i) => bad.slice(i).map(other => ({ ...one, ...other })))
    await expectSame([
      { tweet_id: '1', created_at: CREATED_AT },
      ...pairs.map(pair => ({ tweet_id: '1', created_at: CREATED_AT, ...pair })),
      ...bad.map(one => ({ tweet_id: '1', ...outside, ...one })),
      ...bad.map(one => ({ tweet_id: '1', created_at: null, ...one })),
    ])
  })
})
