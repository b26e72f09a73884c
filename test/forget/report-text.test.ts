import { describe, expect, it } from 'vitest'
import type { Hour } from '../../src/lib/domain/hour.ts'
import type { ForgetReport } from '../../src/lib/forget/forget.ts'
import { reportToText } from '../../src/lib/forget/report-text.ts'

const NOTHING: ForgetReport = {
  dryRun: false,
  tweets: 1,
  users: 0,
  tombstones: { tweets: 1, users: 0 },
  layer1: { removed: 0, retweets: 0, cut: 0, files: 0 },
  rejected: 0,
  layer2: { removed: 0, hours: [] },
  journal: { lines: 0, stored: 0, damaged: 0, left: 0 },
  seconds: 2.04,
}

const ALL: ForgetReport = {
  ...NOTHING,
  tweets: 1_200,
  users: 2,
  layer1: { removed: 3_000, retweets: 1_800, cut: 7, files: 12 },
  rejected: 1,
  layer2: { removed: 2_990, hours: ['2024-01-01T10', '2024-01-01T11'] as Hour[] },
  journal: { lines: 5, stored: 1, damaged: 1, left: 2 },
}

describe('what was forgotten, in sentences', () => {
  it('is what went, and what a listener still has', () => {
    expect(reportToText(ALL, false)).toBe(`1,200 tweets and 2 users forgotten, in 2.0 s:
  layer1: 3,000 tweets, 1,800 of them retweets, in 12 files
  layer1: what the lines of 7 other tweets held of it
  layer1: 1 rejected line
  layer2: 2,990 tweets
  layer2: 2 hours consolidated again
  journal: 1 damaged segment
  journal: 5 lines
2 lines are still in the journal of a running listener, which leaves them out when it seals it
`)
  })

  it('is what would go, in a dry run', () => {
    const report = {
      ...ALL,
      dryRun: true,
      users: 0,
      layer1: { ...ALL.layer1, removed: 1, retweets: 0, cut: 1, files: 1 },
    }
    expect(reportToText(report, false)).toBe(`of 1,200 tweets these would go:
  layer1: 1 tweet, in 1 file
  layer1: what the lines of 1 other tweet held of it
  layer1: 1 rejected line
  layer2: 2,990 tweets
  layer2: 2 hours to be consolidated again
  journal: 1 damaged segment
  journal: 5 lines
`)
  })

  it('is that there was nothing', () => {
    const nothing = 'nothing to forget: neither the lake nor the journal holds anything of'
    expect(reportToText(NOTHING, false)).toBe(`${nothing} 1 tweet; should anything of it come again, it is left out\n`)
    expect(reportToText({ ...NOTHING, tweets: 0, users: 3, dryRun: true }, false)).toBe(`${nothing} 3 users\n`)
  })

  it('is one object for a program', () => {
    expect(JSON.parse(reportToText(ALL, true))).toEqual(ALL)
  })
})
