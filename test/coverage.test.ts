/** What a lake has of the time, read from its records and beside X's counts. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compareWithCounts, readCoverage } from '../src/lib/coverage.ts'
import { coverageToText } from '../src/lib/domain/answer/coverage-text.ts'
import { hoursOf } from '../src/lib/domain/coverage.ts'
import { openJournal } from '../src/lib/io/journal.ts'
import { openStateFile } from '../src/lib/io/state-file.ts'
import { openTables } from '../src/lib/io/tables.ts'
import { openXRest } from '../src/lib/io/x/rest.ts'
import { asOneSession, listen } from '../src/lib/listen/listen.ts'
import { Spending } from '../src/lib/listen/spending.ts'
import { put, tweetAt } from './support/fill-run.ts'
import { fixedClock } from './support/fixed-clock.ts'
import { makersOf } from './support/makers.ts'
import { createMemoryLake } from './support/memory-lake.ts'
import { memoryLog } from './support/memory-log.ts'
import { ms, sessionRecord } from './support/session-records.ts'
import { withTempFolder } from './support/temp-folder.ts'
import { REFUSALS } from './x-double/answers.ts'
import { withXDouble, type XDoubleOptions } from './x-double/double.ts'
import type { StreamLine } from './x-double/lines.ts'
import { totalOf } from './x-double/meter.ts'

const NOW = '2026-09-21T12:05:00.000Z'
const RANGE = { fromMs: ms('09:00'), toMs: ms('12:00') }
const running = new AbortController().signal

const retweet = (line: StreamLine): StreamLine => ({
  ...line,
  data: { ...line.data, referenced_tweets: [{ type: 'retweeted', id: '1' }] },
})

/** A lake that has read these lines, and the double of X beside it. */
function withLake(
  lines: readonly StreamLine[],
  double: Partial<XDoubleOptions>,
  work: (about: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  return withTempFolder(folder =>
    withXDouble({ token: 'TEST', now: NOW, ...double }, async x => work(await open(folder, lines, x.origin))),
  )
}

async function open(folder: string, lines: readonly StreamLine[], origin: string) {
  const [lake, log, clock] = [createMemoryLake(), memoryLog(), fixedClock(NOW)]
  const tables = openTables(lake)
  const journal = openJournal(join(folder, 'journal'), clock)
  const meter = openStateFile(join(folder, 'spend.json'), clock)
  const bytes = lines.map(line => new TextEncoder().encode(JSON.stringify(line)))
  const source = asOneSession(
    {
      async *open() {
        yield { lines: bytes, capturedAtMs: clock.nowMs() }
      },
    },
    clock,
  )
  const nothing = { forMs: undefined, maxTweets: undefined, timeZone: undefined, caps: undefined }
  const plan = { source: 'replay' as const, tags: [], sealAfterMs: 60_000, ...nothing }
  const shared = { lake, makers: makersOf(tables), journal, leftBehind: journal, meter }
  await listen(plan, { ...shared, clock, log, newId: () => '0a1b2c3d', open: source }, running)
  const rest = openXRest({ origin, token: 'TEST', userAgent: 'twdw/0.0.0-test' })
  const spending = new Spending(undefined, { meter, journal, clock })
  await spending.read()
  return { lake, log, ports: { lake, log, clock, tables, rest, spending }, spending }
}

describe('the coverage of a lake', () => {
  it('follows from its records, of which one may be damaged', () =>
    withLake([], {}, async ({ lake, log, ports }) => {
      put(lake, sessionRecord('09:00', '10:30'))
      put(lake, sessionRecord('11:00', '12:00'))
      put(lake, sessionRecord('10:30', '10:45', { source: 'search' }))
      lake.files.set('layer1/sessions/broken.json', new TextEncoder().encode('{"format":1'))
      const [covid19, ...others] = await readCoverage(RANGE, ports)
      expect(others).toEqual([])
      expect(covid19).toMatchObject({
        rule: { name: 'covid19' },
        filled: [{ fromMs: ms('10:30'), toMs: ms('10:45') }],
        missing: [{ fromMs: ms('10:45'), toMs: ms('11:00'), onPurpose: false }],
      })
      expect(log.told.at(-1)).toMatchObject({
        level: 'warn',
        sentence: expect.stringMatching(
          /^the session record layer1\/sessions\/broken.json is damaged: it is not JSON; /,
        ),
      })
    }))
})

describe('coverage beside X’s counts', () => {
  const lines = [
    tweetAt('10:10', 1),
    tweetAt('10:10', 1),
    tweetAt('10:20', 2),
    retweet(tweetAt('10:30', 3)),
    // it only quotes the hashtag, so X does not count it
    { ...tweetAt('10:40', 4, []), matching_rules: [{ id: '1', tag: 'twdw:lake:covid19' }] },
    { ...tweetAt('11:10', 5, []), matching_rules: [{ id: '2', tag: 'twdw:lake:"some words"' }] },
  ]
  const RULES = [
    { name: '"some words"', value: '"some words"' },
    { name: 'covid19', value: '#covid19' },
  ]

  it('compares what both have: no retweets, a tweet once, and hashtags that a tweet carries itself', () => {
    const words = { ...lines[5]!.data, text: 'some words' }
    const tweets = [...lines.slice(1, 4), tweetAt('10:50', 6), { data: words }]
    return withLake(lines, { tweets }, async ({ lake, ports, spending }) => {
      put(lake, sessionRecord('10:00', '12:00', { rules: RULES }))
      const coverage = await readCoverage(RANGE, ports)
      const countsOf = await compareWithCounts(coverage, RANGE, ports, running)
      expect(hoursOf(coverage, countsOf).map(({ hour, rule, counts }) => [hour.slice(11), rule.name, counts])).toEqual([
        ['10', '"some words"', { stored: 0, counted: 0 }],
        ['10', 'covid19', { stored: 2, counted: 3 }],
        ['11', '"some words"', { stored: 1, counted: 1 }],
        ['11', 'covid19', { stored: 0, counted: 0 }],
      ])
      expect(coverageToText(hoursOf(coverage, countsOf))).toContain(
        '│ covid19      │       60 │      0 │       0 │      2',
      )
      expect(spending.report().totalUsd).toBe(0.01)
    })
  })

  it('asks a question a rule, about whole hours that are over, and leaves retweets out', () =>
    withTempFolder(async folder => {
      await withXDouble({ token: 'TEST', now: NOW }, async x => {
        const { lake, ports } = await open(folder, [], x.origin)
        put(lake, sessionRecord('10:00', '12:00', { rules: [...RULES, { name: 'a', value: 'a OR b' }] }))
        const range = { fromMs: ms('2026-09-01T00:00:00Z'), toMs: ms('11:30') }
        await compareWithCounts(await readCoverage(range, ports), range, ports, running)
        const window = { start_time: '2026-09-14T13:00:00.000Z', end_time: '2026-09-21T11:00:00.000Z' }
        expect(x.asked('GET', '/2/tweets/counts/recent').map(({ query }) => query)).toEqual([
          { query: '("some words") -is:retweet', granularity: 'hour', ...window },
          { query: '(a OR b) -is:retweet', granularity: 'hour', ...window },
          { query: '#covid19 -is:retweet', granularity: 'hour', ...window },
        ])
        expect(totalOf(x.billed).countsRequests).toBe(3)
      })
    }))

  it('says which rule X did not count, or cannot, and compares the others', () => {
    const refusals = { 'GET /2/tweets/counts/recent': [REFUSALS.unavailable] }
    return withLake(lines, { refusals, tweets: lines }, async ({ lake, log, ports }) => {
      const sampled = { name: 'b', value: '#b sample:10' }
      put(lake, sessionRecord('10:00', '12:00', { rules: [...RULES, sampled] }))
      const coverage = await readCoverage(RANGE, ports)
      const countsOf = await compareWithCounts(coverage, RANGE, ports, running)
      expect(hoursOf(coverage, countsOf).flatMap(({ rule, counts }) => (counts ? [rule.name] : []))).toEqual([
        'covid19',
        'covid19',
      ])
      expect(log.sentences().slice(-2)).toEqual([
        'X did not count "some words": X answered 503 Service Unavailable',
        "X cannot count #b sample:10: it is a sample, or longer than X's counts take",
      ])
    })
  })

  it('asks nothing where no hour is over', () =>
    withLake(lines, {}, async ({ lake, ports, spending }) => {
      put(lake, sessionRecord('11:00', '12:00'))
      const range = { fromMs: ms('11:30'), toMs: ms('12:30') }
      const countsOf = await compareWithCounts(await readCoverage(range, ports), range, ports, running)
      expect(countsOf({ name: 'covid19', value: '#covid19' }, '2026-09-21T11' as never)).toBeUndefined()
      expect(spending.report().totalUsd).toBe(0)
    }))
})
