/** Presets and tweets for property tests: few different values, so that they meet. */
import fc from 'fast-check'
import { refuseUnfitting } from '../../src/lib/domain/question/fitting.ts'
import {
  BY_COLUMNS,
  METRICS,
  ORDERS,
  type Preset,
  parseWallTime,
  TWEET_KINDS,
} from '../../src/lib/domain/question/preset.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import type { Layer1Row } from './layer1-rows.ts'

/** UTC hours of America/Sao_Paulo: both hours 23 of a night, the one after, and one of another year. */
export const SOME_HOURS = ['2019-02-17T01', '2019-02-17T02', '2019-02-17T03', '2024-01-01T10'] as const
/** as folded; the second one is a trap for SQL, the third sorts differently in UTF-16 and UTF-8 */
export const SOME_TAGS = ['covid19', "it's\\'; --", '𝒳', 'ｶﾞ'.normalize('NFKC')] as const
const SPELLINGS = ['covid19', 'COVID19', 'Covid19', "it's\\'; --", "IT'S\\'; --", '𝒳', 'ｶﾞ']
const LANGS = ['pt', 'zh-CN', null]
const AUTHORS = ['501', '502', '9007199254740993', null]

const small = fc.option(fc.nat(3), { nil: null })

const anyTweet = fc.record({
  hour: fc.constantFrom(...SOME_HOURS),
  ms: fc.constantFrom(0, 1_799_999, 1_800_000, 3_599_999),
  tweet_id: fc.integer({ min: 1, max: 9 }),
  isEdit: fc.boolean(),
  kind: fc.constantFrom(...TWEET_KINDS),
  lang: fc.constantFrom(...LANGS),
  author_id: fc.constantFrom(...AUTHORS),
  user_username: fc.constantFrom('ana', 'Bruno', null),
  user_followers: small,
  hashtags: fc.array(fc.constantFrom(...SPELLINGS), { maxLength: 3 }),
  place_id: fc.constantFrom('p1', 'p2', null),
  rules: fc.uniqueArray(fc.constantFrom('r1', 'r2'), { maxLength: 2 }),
  retweet_count: small,
  reply_count: small,
  like_count: small,
  quote_count: small,
  impression_count: small,
  captured: fc.nat(99),
})

/** Deliveries of a few tweets of SOME_HOURS; some tweets come twice, some are edits of another. */
export const someTweets: fc.Arbitrary<Layer1Row[]> = fc
  .array(anyTweet, { minLength: 0, maxLength: 30, size: 'max' })
  .map(tweets =>
    tweets.map(({ hour, ms, tweet_id, isEdit, captured, ...columns }, n) => {
      // an id belongs to one hour, as it does at X
      const idBase = `${SOME_HOURS.indexOf(hour) + 1}00`
      const history = isEdit && tweet_id > 1 ? [`${idBase}1`, `${idBase}${tweet_id}`] : []
      return {
        ...columns,
        tweet_id: `${idBase}${tweet_id}`,
        edit_history_ids: history,
        created_at: new Date(Date.parse(`${hour}:00:00Z`) + ms).toISOString(),
        captured_at: new Date(Date.parse('2024-06-01T00:00:00Z') + captured * 1000 + n).toISOString(),
        raw: `delivery ${n}`,
      }
    }),
  )

/** Any preset about all of the time, with none of the words that choose and lay out rows. */
export const anyPreset: fc.Arbitrary<Preset> = fc
  .record({
    tags: fc.uniqueArray(fc.constantFrom(...SOME_TAGS), { maxLength: 3 }),
    allTags: fc.constant(false),
    by: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 4, arbitrary: fc.constantFrom(...BY_COLUMNS).map(by => [by]) },
      { weight: 3, arbitrary: fc.uniqueArray(fc.constantFrom(...BY_COLUMNS), { minLength: 2, maxLength: 3 }) },
    ),
    metric: fc.constantFrom(...METRICS),
    from: fc.constant(undefined),
    to: fc.constant(undefined),
    langs: fc.oneof({ weight: 8, arbitrary: fc.constant([]) }, fc.constant(['pt']), fc.constant(['zh-cn', 'pt'])),
    kinds: fc.oneof({ weight: 8, arbitrary: fc.constant([]) }, fc.constant(['retweet', 'quote'] as const)),
    users: fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      fc.constant([{ id: '501' }]),
      fc.constant([{ username: 'bruno' }, { id: '9007199254740993' }]),
    ),
    top: fc.constant(undefined),
    order: fc.constant(undefined),
    cumulative: fc.constant(false),
    compare: fc.constant(undefined),
    pivot: fc.constant(undefined),
  })
  .chain(preset => fc.boolean().map(allTags => (allTags && preset.tags.length === 0 ? { ...preset, allTags } : preset)))

const DAYS = { from: '2019-02-16', to: '2019-02-18' }
/** of whole months, of whole weeks, of whole days, of hours, and with open sides */
const SPANS = [
  {},
  { from: '2019-02-01', to: '2019-03-01' },
  { from: '2019-02-11', to: '2019-02-25' },
  DAYS,
  { from: '2019-02-16T23', to: '2019-02-17T02' },
  { from: '2019-02-17' },
  { to: '2024-01-01' },
].map(({ from, to }: { from?: string; to?: string }) => ({
  from: from === undefined ? undefined : parseWallTime(from),
  to: to === undefined ? undefined : parseWallTime(to),
}))

/** Any preset with all the words that go together. A comparison is of two days, and so of no column that needs longer ones. */
export const anyQuestion: fc.Arbitrary<Preset> = fc
  .tuple(
    anyPreset,
    fc.record({
      span: fc.constantFrom(...SPANS),
      top: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      order: fc.option(fc.constantFrom(...ORDERS), { nil: undefined }),
      cumulative: fc.boolean(),
      compares: fc.boolean(),
      pivot: fc.option(fc.constantFrom('last' as const, 'tag' as const, ...BY_COLUMNS), { nil: undefined }),
    }),
  )
  .map(([preset, { span, compares, ...words }]) => {
    const isLong = preset.by.some(by => ['week', 'weekday', 'month', 'year'].includes(by))
    const compared = { from: parseWallTime(DAYS.from), to: parseWallTime(DAYS.to), compare: 'previous' as const }
    const changes: Partial<Preset>[] = [
      { ...span, top: words.top, order: words.order },
      ...(compares && !isLong ? [compared] : []),
      { cumulative: words.cumulative },
      { pivot: words.pivot },
    ]
    let fitting = preset
    for (const change of changes) {
      const changed = { ...fitting, ...change }
      if (fits(changed)) fitting = changed
    }
    return fitting
  })

function fits(preset: Preset): boolean {
  try {
    refuseUnfitting(preset)
    return true
  } catch (error) {
    if (error instanceof TwdwError) return false
    throw error
  }
}
