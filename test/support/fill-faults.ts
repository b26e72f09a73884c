/**
 * What can go wrong while a gap is filled, as data: what the double does, in words and as options.
 *
 * `docs/reliability.md` has a row for each, written by the test that runs it.
 */
import { consolidate } from '../../src/lib/consolidate/consolidate.ts'
import { REFUSALS, type Refusal } from '../x-double/answers.ts'
import type { XDoubleOptions } from '../x-double/double.ts'
import { totalOf } from '../x-double/meter.ts'
import { beat } from '../x-double/script.ts'
import { ALL_HOURS } from './consolidate-lake.ts'
import { type FillRunAbout, filledTimes, runFill, said, storedIn, tweetsBetween } from './fill-run.ts'
import { fixedClock } from './fixed-clock.ts'
import { ownHand } from './own-hand.ts'
import { sessionRecord } from './session-records.ts'
import { silentLog } from './silent-log.ts'
import { withTempFolder } from './temp-folder.ts'

export interface FillFault {
  name: string
  /** what the double did, as a clause */
  x: string
  double?: Partial<XDoubleOptions>
  plan?: FillRunAbout['plan']
  /** seconds that pass in one second */
  speed?: number
  until?: FillRunAbout['until']
}

export interface FillOutcome {
  /** what the listener did, as clauses in order */
  did: string[]
  /** tweets of the gap that search delivered, repeats too */
  delivered: number
  /** delivered, and in layer1 or layer2 missing */
  lost: number
  /** ids that layer2 has more than once */
  doubled: number
  /** delivered more than once, and so billed */
  paidTwice: number
  /** tweets that search has and the lake has not: the gap is still one, and was told */
  left: number
  /** of the meter: what twdw counted less what the double delivered */
  miscounted: number
}

/** Listening broke off at 11:30; 150 tweets were made since, and it is 12:00. */
export const GAP_TWEETS = tweetsBetween('11:30', '11:55', 10)
const BROKEN = sessionRecord('11:00', '11:30')
const LATER = '2026-10-01T00:00:00Z'
const SEARCH = 'GET /2/tweets/search/recent'

const paging = (...answers: readonly (Refusal | 'mute' | 'pass')[]) => ({ refusals: { [SEARCH]: answers } })
const TORN: Refusal = { status: 200, body: '{"data":[{"id":"2102004790195126629","text":"some wo' }
const FORGOTTEN: Refusal = {
  status: 400,
  body: {
    errors: [{ parameters: { next_token: ['…'] }, message: 'The `next_token` parameter is invalid' }],
    title: 'Invalid Request',
  },
}
const OLD_RESET = { 'x-rate-limit-reset': String(Date.parse('2026-09-21T12:14:00Z') / 1000) }

export const FILL_FAULTS: readonly FillFault[] = [
  {
    name: 'short and empty pages',
    x: 'gave pages of 0, 30, 0 and 7 tweets that were not the last',
    double: { pages: [0, 30, 0, 7] },
  },
  {
    name: 'a tweet that search does not have',
    x: 'did not find one tweet of 150',
    double: { hidden: [GAP_TWEETS[60]!.data.id] },
  },
  {
    name: '429 in the middle of paging',
    x: 'refused the second page until a quarter of an hour later',
    double: paging('pass', { ...REFUSALS.tooManyRequests, headers: OLD_RESET }),
    speed: 2_000,
  },
  {
    name: '503 three times in the middle of paging',
    x: 'was overloaded',
    double: paging('pass', REFUSALS.unavailable, REFUSALS.unavailable, REFUSALS.unavailable),
    speed: 200,
  },
  { name: 'a page that breaks off', x: 'cut the second page off', double: paging('pass', TORN), speed: 10 },
  { name: 'a token that X forgot', x: 'did not know its own `next_token`', double: paging('pass', FORGOTTEN) },
  { name: '400 that names a field', x: 'did not know `note_tweet`', double: paging(REFUSALS.unknownField) },
  {
    name: '403',
    x: 'did not let the app search',
    double: paging(REFUSALS.notEnrolled),
    until: said('X does not let itself be searched'),
  },
  {
    name: 'the stream is cut',
    x: 'reset the stream while it was too busy for the second page',
    double: {
      ...paging('pass', REFUSALS.unavailable, REFUSALS.unavailable),
      stream: [[{ raw: '\r\n' }, { pauseMs: 1_600 }, { end: 'reset' }], [beat(20)]],
    },
    // asked for again one second and three seconds after it was refused
    speed: 5,
  },
  {
    name: 'a cap',
    x: 'would have billed more than half of the room of the day',
    plan: { caps: { totalMicroUsd: undefined, dayMicroUsd: 1_000_000 } },
    until: said('unfilled for now'),
  },
]

export function runFillFault(fault: FillFault): Promise<FillOutcome> {
  return withTempFolder(async folder => {
    const { lake, log, meter, x } = await runFill(folder, {
      sessions: [BROKEN],
      double: { tweets: GAP_TWEETS, ...fault.double },
      until: fault.until ?? filledTimes(1),
      ...(fault.plan !== undefined && { plan: fault.plan }),
      ...(fault.speed !== undefined && { speed: fault.speed }),
    })
    const stored = (await storedIn(lake)).map(({ id }) => id)
    const ports = { lake, ...ownHand(lake), clock: fixedClock(LATER), log: silentLog }
    await consolidate(ALL_HOURS, ports)
    const facts: string[] = []
    for (const { path } of await lake.list('layer2/fact_tweet/')) {
      facts.push(...[...((await ports.tables.read(path, ['tweet_id']))?.getChild('tweet_id') ?? [])].map(String))
    }
    const searchable = GAP_TWEETS.map(({ data }) => data.id).filter(id => !fault.double?.hidden?.includes(id))
    const { searchPosts, posts } = totalOf(x.billed)
    return {
      did: log.sentences().flatMap(deedOf),
      delivered: searchPosts,
      lost: new Set(stored).size - new Set(facts).size + (searchPosts - stored.length),
      doubled: facts.length - new Set(facts).size,
      paidTwice: searchPosts - new Set(stored).size,
      left: searchable.filter(id => !facts.includes(id)).length,
      miscounted: meter.total.posts - posts,
    }
  })
}

/** A sentence of the log as a clause about the listener. */
function deedOf(sentence: string): string[] {
  const [, because = '', when = ''] = /^no answer from X's search: (.*); asking again (.*)$/.exec(sentence) ?? []
  if (because.includes('429')) return ['asked again when X had said']
  if (because !== '') return [`asked again ${when.replace(/^in /, 'after ')}`]
  const [, unknown] = /^X's search does not know (.*?):/.exec(sentence) ?? []
  if (unknown !== undefined) return [`left \`${unknown}\` out, with a warning`]
  if (sentence.startsWith('disconnected from X')) return ['connected again']
  if (sentence.startsWith('X does not let itself be searched')) return ['left the gap, with a warning, and listened on']
  return sentence.includes('unfilled for now') ? ['left the rest of the gap, with a warning, and listened on'] : []
}
