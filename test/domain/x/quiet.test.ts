import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  beginQuiet,
  countQueries,
  hear,
  isAsUsual,
  isWithheld,
  noteAgreement,
  noteQuestion,
  type Quiet,
  reconnected,
  suspicionOf,
} from '../../../src/lib/domain/x/quiet.ts'

const NOON_MS = Date.parse('2026-09-21T12:00:00Z')
const BEAT_MS = 20_000
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** A listener at an instant, and the part of a tweet that is still to come. */
interface Then {
  quiet: Quiet
  nowMs: number
  owed?: number
}

/** So long later, having heard some tweets (perhaps less than one) with each heartbeat. */
function later(then: Then, forMs: number, tweetsPerBeat: number): Required<Then> {
  let { quiet, nowMs, owed = 0 } = then
  for (const untilMs = nowMs + forMs; nowMs < untilMs; ) {
    nowMs += BEAT_MS
    owed += tweetsPerBeat
    const tweets = Math.floor(owed + 1e-9)
    owed -= tweets
    quiet = hear(quiet, { tweets, ms: BEAT_MS, nowMs })
  }
  return { quiet, nowMs, owed }
}

/** How long it takes until something is suspicious; undefined: two days are not enough. */
function silenceMs(then: Then, tweetsPerBeat = 0): number | undefined {
  let now = then
  for (let forMs = BEAT_MS; forMs <= 48 * HOUR_MS; forMs += BEAT_MS) {
    now = later(now, BEAT_MS, tweetsPerBeat)
    if (suspicionOf(now.quiet, now.nowMs) !== undefined) return forMs
  }
  return undefined
}

const BEGIN: Then = { quiet: beginQuiet(NOON_MS), nowMs: NOON_MS }
const listening = (hours: number, tweetsPerBeat: number) => later(BEGIN, hours * HOUR_MS, tweetsPerBeat)

describe('silence', () => {
  it.each([
    ['10 tweets a second', 200, 15],
    ['10 tweets a minute', 10 / 3, 15],
    ['1 tweet a minute', 1 / 3, 20],
    ['10 tweets an hour', 10 / 180, 120],
    ['1 tweet an hour', 1 / 180, 1200],
  ])(
    'is suspicious where %s are usual when 20 are missing, and not before a quarter of an hour',
    (_, rate, minutes) => {
      const silent = silenceMs(listening(12, rate)) ?? Number.NaN
      expect(silent / MINUTE_MS).toBeGreaterThanOrEqual(minutes)
      expect(silent / MINUTE_MS).toBeLessThanOrEqual(minutes * 1.05 + 1)
    },
  )

  it('of one who never heard a tweet is suspicious after six hours', () => {
    expect(silenceMs(BEGIN)).toBe(6 * HOUR_MS)
  })

  it('is not suspicious where it is usual: a tweet in six hours is followed by days without one', () => {
    expect(silenceMs(listening(24, 1 / 1080))).toBeUndefined()
  })

  it('is suspicious though a few tweets trickle through, for hardly any is less than usual', () => {
    expect(silenceMs(listening(6, 10), 0.2)).toBeLessThan(30 * MINUTE_MS)
    expect(silenceMs(listening(6, 10), 5)).toBeUndefined()
  })

  it('names the time that X is to be asked about, and what would have been usual in it', () => {
    const usual = listening(6, 10)
    const { quiet, nowMs } = later(usual, 15 * MINUTE_MS, 0)
    expect(suspicionOf(quiet, nowMs)).toEqual({
      fromMs: usual.nowMs,
      toMs: nowMs - 30_000,
      heard: 0,
      usual: expect.closeTo(450, 5),
    })
  })

  it('says nothing of what is usual where nobody knows', () => {
    const { quiet, nowMs } = later(BEGIN, 6 * HOUR_MS, 0)
    expect(suspicionOf(quiet, nowMs)).toEqual({ fromMs: NOON_MS, toMs: nowMs - 30_000, heard: 0, usual: undefined })
  })

  it('is asked about again only when it has lasted twice as long', () => {
    let { quiet, nowMs } = listening(6, 10)
    const startMs = nowMs
    const askedAt: number[] = []
    while (nowMs < startMs + 24 * HOUR_MS) {
      const next = later({ quiet, nowMs }, BEAT_MS, 0)
      nowMs = next.nowMs
      quiet = next.quiet
      if (suspicionOf(quiet, nowMs) === undefined) continue
      askedAt.push((nowMs - startMs) / MINUTE_MS)
      quiet = noteQuestion(quiet, nowMs)
    }
    expect(askedAt).toEqual([15, 30, 60, 120, 240, 480, 960])
  })

  it('is over when tweets come as usual, also after a long one', () => {
    const usual = listening(6, 10)
    const silent = later(usual, 5 * HOUR_MS, 0)
    expect(isAsUsual(silent.quiet)).toBe(false)
    const back = later(silent, 2 * MINUTE_MS, 10)
    expect(isAsUsual(back.quiet)).toBe(true)
    expect(suspicionOf(back.quiet, back.nowMs)).toBeUndefined()
    // what was withheld has not become usual
    expect(silenceMs(back)).toBe(15 * MINUTE_MS)
  })

  it('without a connection is no silence: X is asked only about what came after it', () => {
    const usual = listening(6, 10)
    const silent = later(usual, 10 * MINUTE_MS, 0)
    const backMs = silent.nowMs + HOUR_MS
    const back = reconnected(silent.quiet, backMs, HOUR_MS)
    const then = later({ quiet: back, nowMs: backMs }, 12 * MINUTE_MS, 0)
    expect(suspicionOf(then.quiet, then.nowMs)).toMatchObject({ fromMs: backMs, toMs: then.nowMs - 30_000 })
    // too short to prove anything
    const soon = later({ quiet: back, nowMs: backMs }, 6 * MINUTE_MS, 0)
    expect(suspicionOf(soon.quiet, soon.nowMs)).toBeUndefined()
  })

  it('goes on over a short interruption', () => {
    const usual = listening(6, 10)
    const silent = later(usual, 10 * MINUTE_MS, 0)
    const back = reconnected(silent.quiet, silent.nowMs + 2_000, 2_000)
    const then = later({ quiet: back, nowMs: silent.nowMs + 2_000 }, 5 * MINUTE_MS, 0)
    expect(suspicionOf(then.quiet, then.nowMs)).toMatchObject({ fromMs: usual.nowMs })
  })

  it('is asked about no further back than X has counts', () => {
    const usual = listening(6, 1 / 1080)
    const silent = later(usual, 8 * 24 * HOUR_MS, 0)
    const suspicion = suspicionOf(silent.quiet, silent.nowMs)
    expect(silent.nowMs - (suspicion?.fromMs ?? 0)).toBe(7 * 24 * HOUR_MS - 10 * MINUTE_MS)
  })

  it('becomes usual when X counts no more than came, where anything came', () => {
    const busy = listening(6, 10)
    const slow = later(busy, 30 * MINUTE_MS, 0.2)
    expect(suspicionOf(slow.quiet, slow.nowMs)).toMatchObject({ heard: 18 })
    const agreed = noteAgreement(noteQuestion(slow.quiet, slow.nowMs), slow.nowMs)
    expect(silenceMs({ quiet: agreed, nowMs: slow.nowMs }, 0.2)).toBeUndefined()
    expect((silenceMs({ quiet: agreed, nowMs: slow.nowMs }) ?? 0) / MINUTE_MS).toBeCloseTo(33.7, 1)
  })

  it('stays a silence when X counts nothing either: it may withhold something later', () => {
    const busy = listening(6, 10)
    const silent = later(busy, 15 * MINUTE_MS, 0)
    const agreed = noteAgreement(noteQuestion(silent.quiet, silent.nowMs), silent.nowMs)
    expect(silenceMs({ quiet: agreed, nowMs: silent.nowMs })).toBe(15 * MINUTE_MS)
  })
})

describe('the money that asking costs', () => {
  it('grows with the logarithm of a silence, whatever came before it', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ minutes: fc.integer({ min: 1, max: 300 }), rate: fc.double({ min: 0, max: 30, noNaN: true }) }),
          { maxLength: 5 },
        ),
        fc.integer({ min: 1, max: 5_000 }),
        (before, silentMinutes) => {
          let state: Then = BEGIN
          for (const { minutes, rate } of before) state = later(state, minutes * MINUTE_MS, rate)
          let questions = 0
          for (let beat = 0; beat < silentMinutes * 3; beat++) {
            state = later(state, BEAT_MS, 0)
            if (suspicionOf(state.quiet, state.nowMs) === undefined) continue
            state = { ...state, quiet: noteAgreement(noteQuestion(state.quiet, state.nowMs), state.nowMs) }
            questions++
          }
          expect(questions).toBeLessThanOrEqual(Math.max(0, Math.log2(silentMinutes / 15)) + 2)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('is at most 12 questions a UTC day, whatever comes, goes and is answered', () => {
    const anyStep = fc.record({
      minutes: fc.integer({ min: 1, max: 60 }),
      rate: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 50, noNaN: true })),
      agrees: fc.boolean(),
      awayMs: fc.constantFrom(0, 0, 1_000, HOUR_MS),
    })
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 20, maxLength: 80 }), steps => {
        let state: Then = BEGIN
        const asked = new Map<string, number>()
        for (const { minutes, rate, agrees, awayMs } of steps) {
          state = { quiet: reconnected(state.quiet, state.nowMs + awayMs, awayMs), nowMs: state.nowMs + awayMs }
          for (let beat = 0; beat < minutes * 3; beat++) {
            state = later(state, BEAT_MS, rate)
            if (suspicionOf(state.quiet, state.nowMs) === undefined) continue
            const day = new Date(state.nowMs).toISOString().slice(0, 10)
            asked.set(day, (asked.get(day) ?? 0) + 1)
            const quiet = noteQuestion(state.quiet, state.nowMs)
            state = { ...state, quiet: agrees ? noteAgreement(quiet, state.nowMs) : quiet }
          }
        }
        for (const times of asked.values()) expect(times).toBeLessThanOrEqual(12)
      }),
      { numRuns: 60 },
    )
  })
})

describe('what is withheld', () => {
  it.each([
    [0, 0, false],
    [9, 0, false],
    [10, 0, true],
    [380, 12, true],
    [380, 95, true],
    [380, 96, false],
    [12, 4, false],
  ])('%i counted and %i heard: %s', (counted, heardTweets, expected) => {
    expect(isWithheld(counted, heardTweets)).toBe(expected)
  })
})

describe('questions for the counts API', () => {
  const whole = (query: string) => ({ query, share: 1 })

  it('join rules, so that most listeners need one', () => {
    expect(countQueries(['#covid19 lang:pt', '"dois mil"', '(cats OR dogs) lang:pt'])).toEqual([
      whole('#covid19 lang:pt OR "dois mil" OR (cats OR dogs) lang:pt'),
    ])
    expect(countQueries([])).toEqual([])
  })

  it('leave a sample out and say what share of the count it is; words in quotation marks are left alone', () => {
    expect(countQueries(['#a sample:10', '#b lang:pt sample:10', '#c', '"use sample:5" #d sample:50'])).toEqual([
      { query: '#a OR #b lang:pt', share: 0.1 },
      whole('#c'),
      { query: '"use sample:5" #d', share: 0.5 },
    ])
  })

  it('are at most 512 characters long, and at most five', () => {
    const rules = Array.from({ length: 400 }, (_, n) => `#${'x'.repeat(20)}${n}`)
    const queries = countQueries(rules)
    expect(queries).toHaveLength(5)
    for (const { query } of queries) expect(query.length).toBeLessThanOrEqual(512)
    expect(
      queries
        .map(({ query }) => query)
        .join(' OR ')
        .split(' OR '),
    ).toEqual(rules.slice(0, 95))
  })

  it('take a pack of hashtags apart that is longer than X counts, each part with what narrows it', () => {
    const tags = Array.from({ length: 30 }, (_, n) => `#${'x'.repeat(20)}${n}`)
    const pack = `(${tags.join(' OR ')}) (lang:pt OR lang:en) sample:50`
    const queries = countQueries([pack])
    expect(queries.length).toBeGreaterThan(1)
    for (const { query, share } of queries)
      expect({ fits: query.length <= 512, share }).toEqual({ fits: true, share: 0.5 })
    const parts = queries.flatMap(({ query }) => query.split(/(?<=\)) OR /))
    expect(parts).toEqual(tags.map(tag => `${tag} (lang:pt OR lang:en)`))
    expect(countQueries([tags.join(' OR ')]).flatMap(({ query }) => query.split(' OR '))).toEqual(tags)
  })

  it('leave a long rule out that cannot be taken apart', () => {
    const long = Array.from({ length: 60 }, (_, n) => `(word${n} -not)`)
    expect(countQueries([long.join(' OR '), '#a'])).toEqual([whole('#a')])
    const quoted = `"${'x'.repeat(300)} OR ${'y'.repeat(300)}"`
    expect(countQueries([quoted])).toEqual([])
    const half = `(#${'x'.repeat(300)} OR #${'y'.repeat(300)}) lang:pt OR #z`
    expect(countQueries([half])).toEqual([])
  })
})
