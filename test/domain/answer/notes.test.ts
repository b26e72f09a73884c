import { describe, expect, it } from 'vitest'
import { type AnswerFacts, answerNotes, whyEmpty } from '../../../src/lib/domain/answer/notes.ts'
import type { Hour } from '../../../src/lib/domain/hour.ts'
import { COUNT_ALL, type Preset } from '../../../src/lib/domain/question/preset.ts'
import { createWallClock } from '../../../src/lib/domain/time-zone.ts'

const FACTS: AnswerFacts = {
  rows: 1,
  zone: { name: 'America/Sao_Paulo', clock: createWallClock('America/Sao_Paulo') },
  span: { fromMs: undefined, toMs: undefined },
  covered: { first: '2019-02-16T00' as Hour, last: '2019-02-17T11' as Hour },
  batchHours: 1,
  unheardMs: 0,
  previous: undefined,
  tookMs: 40,
  liveHours: 0,
  liveTweets: undefined,
  leftOutHours: 0,
  emptyBecause: undefined,
  unknownTags: [],
  batchOnly: false,
}
const at = (text: string) => Date.parse(text)
const SPAN = { fromMs: at('2019-02-16T00:00Z'), toMs: undefined }

describe('answerNotes', () => {
  it.each<[string, Partial<AnswerFacts>, string]>([
    [
      'an open span',
      {},
      '1 row · tweets from 2019-02-15T22:00-02:00 to 2019-02-17T09:00-03:00 · America/Sao_Paulo · 40 ms',
    ],
    [
      'a span that the lake covers in part',
      { rows: 2000, span: { fromMs: at('2019-02-17T03:00Z'), toMs: at('2019-02-18T03:00Z') } },
      '2,000 rows · from 2019-02-17T00:00-03:00 to 2019-02-18T00:00-03:00 · tweets from 2019-02-17T00:00-03:00 to 2019-02-17T09:00-03:00 · America/Sao_Paulo · 40 ms',
    ],
    [
      'a span that it covers',
      { span: { fromMs: at('2019-02-17T03:00Z'), toMs: at('2019-02-17T04:00Z') } },
      '1 row · from 2019-02-17T00:00-03:00 to 2019-02-17T01:00-03:00 · between the first and the last tweet · America/Sao_Paulo · 40 ms',
    ],
    [
      'one that it does not',
      { span: { fromMs: at('2020-01-01T03:00Z'), toMs: undefined } },
      '1 row · from 2020-01-01T00:00-03:00 · the lake has no tweets of that time · America/Sao_Paulo · 40 ms',
    ],
    ['an empty lake', { rows: 0, covered: undefined }, '0 rows · the lake is empty · America/Sao_Paulo · 40 ms'],
  ])('say of %s where it lies', (_, change, note) => {
    expect(answerNotes({ ...FACTS, ...change })).toEqual([note])
  })

  it('say what the numbers leave out, and what they are compared with', () => {
    const span = { fromMs: at('2019-02-14T02:00Z'), toMs: at('2019-02-15T02:00Z') }
    const previous = { span, name: 'the day before', left: '' }
    expect(answerNotes({ ...FACTS, previous, unheardMs: 7_800_000 }).slice(1)).toEqual([
      'previous is the day before, 2019-02-14T00:00-02:00 to 2019-02-15T00:00-02:00',
      '2 h 10 min of that time is not covered: counts are too low there, or not known',
    ])
    expect(answerNotes({ ...FACTS, previous: { ...previous, left: '2 days' } })[1]).toBe(
      'previous is the day before, 2019-02-14T00:00-02:00 to 2019-02-15T00:00-02:00; 2 days of it have no counterpart',
    )
  })

  it('say what is not consolidated, and whether it is in the answer', () => {
    expect(answerNotes({ ...FACTS, liveHours: 1 })[1]).toBe('1 hour not consolidated yet is included')
    expect(answerNotes({ ...FACTS, liveHours: 2, liveTweets: 1204 })[1]).toBe(
      '2 hours not consolidated yet are included, with 1,204 tweets',
    )
    expect(answerNotes({ ...FACTS, leftOutHours: 2 })[1]).toBe(
      '2 hours not consolidated yet are left out, as --batch-only asks',
    )
  })

  it('say which of the tags are in no tweet though there is an answer, and once where there is none', () => {
    const unknownTags = [
      { tag: 'covd19', near: ['covid19', 'covid'] },
      { tag: 'axé', near: [] },
    ]
    expect(answerNotes({ ...FACTS, unknownTags })[1]).toBe(
      'no tweet in the lake carries #covd19 (did you mean #covid19, #covid?), #axé',
    )
    expect(answerNotes({ ...FACTS, unknownTags, emptyBecause: 'all of this' }).slice(1)).toEqual([
      'nothing found: all of this',
    ])
  })
})

describe('whyEmpty', () => {
  const preset: Preset = { ...COUNT_ALL, tags: ['axé', 'samba'] }
  const unknownTags = [
    { tag: 'axé', near: [] },
    { tag: 'samba', near: [] },
  ]
  const no = COUNT_ALL

  it.each<[string, Preset, Partial<AnswerFacts>, number, string]>([
    ['nothing was captured', preset, { covered: undefined }, 0, 'no tweet has been captured yet'],
    [
      'the lake ends before',
      preset,
      { span: { fromMs: at('2019-02-17T12:00Z'), toMs: undefined } },
      5,
      'the lake has no tweets of that time; it has tweets from 2019-02-15T22:00-02:00 to 2019-02-17T09:00-03:00',
    ],
    [
      'the lake begins after',
      preset,
      { span: { fromMs: undefined, toMs: at('2019-02-16T00:00Z') } },
      5,
      'the lake has no tweets of that time; it has tweets from 2019-02-15T22:00-02:00 to 2019-02-17T09:00-03:00',
    ],
    ['there is no such tag', preset, {}, 0, 'no tweet in the lake carries #axé, #samba'],
    [
      'there is no such tag, and a near one',
      preset,
      { unknownTags: [{ tag: 'smaba', near: ['samba'] }] },
      0,
      'no tweet in the lake carries #smaba (did you mean #samba?)',
    ],
    [
      'the filters leave none',
      preset,
      {},
      1,
      '1 tweet carries #axé, #samba, and none of them fits the rest of the question',
    ],
    [
      'the filters leave none of all',
      no,
      {},
      2000,
      'the lake has 2,000 tweets, and none of them fits the rest of the question',
    ],
    [
      'none has what they are parted by',
      { ...preset, by: ['lang', 'place'] },
      {},
      2,
      '2 tweets carry #axé, #samba, and none of them names a place',
    ],
    ['no tweet is in its hours', no, {}, 0, 'the lake has no tweets'],
    ['no tweet of the span has the tag', preset, { span: SPAN }, 0, 'no tweet of that time carries #axé, #samba'],
    ['the lake has no tweet of the span', no, { span: SPAN }, 0, 'the lake has no tweets of that time'],
    [
      'the filters leave none of the span',
      preset,
      { span: SPAN },
      2,
      '2 tweets of that time carry #axé, #samba, and none of them fits the rest of the question',
    ],
    [
      'nothing is stored, and the journal was not looked at',
      preset,
      { covered: undefined, batchOnly: true },
      0,
      'no tweet has been stored yet, and --batch-only leaves the journal out',
    ],
    [
      'what is not consolidated may have the tag',
      preset,
      { batchOnly: true },
      0,
      'no consolidated tweet in the lake carries #axé, #samba',
    ],
    [
      'every hour is pending',
      preset,
      { batchOnly: true, batchHours: 0, leftOutHours: 2000 },
      0,
      'none of the 2,000 hours of the lake with tweets is consolidated yet, and --batch-only leaves them out',
    ],
    [
      'the only hour of the span is pending',
      preset,
      { batchOnly: true, batchHours: 0, leftOutHours: 1, span: SPAN },
      0,
      'the one hour of that time with tweets is not consolidated yet, and --batch-only leaves it out',
    ],
    ['nothing is consolidated', no, { batchOnly: true }, 0, 'the lake has no consolidated tweets'],
    [
      'the filters leave none of the consolidated',
      no,
      { batchOnly: true, span: SPAN },
      1,
      'the lake has 1 consolidated tweet of that time, and none of them fits the rest of the question',
    ],
  ])('says that %s', (_, asked, change, tweets, why) => {
    expect(whyEmpty(asked, { ...FACTS, unknownTags, ...change }, tweets)).toBe(why)
  })
})
