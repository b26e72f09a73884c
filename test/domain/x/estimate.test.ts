import { describe, expect, it } from 'vitest'
import { estimateOf, estimateToText } from '../../../src/lib/domain/x/estimate.ts'

const WEEK_MS = 7 * 86_400_000

describe('an estimate', () => {
  it('is tweets and dollars a day, by rule and together', () => {
    const counts = [
      { posts: 1_001_000, spanMs: WEEK_MS },
      { posts: 6, spanMs: WEEK_MS },
    ]
    const estimate = estimateOf(['#covid19', '#vacina'], counts, 100)
    expect(estimate).toEqual({
      rules: [
        { rule: '#covid19', tweetsPerDay: 143_000, usdPerDay: 715 },
        { rule: '#vacina', tweetsPerDay: 1, usdPerDay: 0.005 },
      ],
      tweetsPerDay: 143_001,
      usdPerDay: 715.005,
      samplePercent: 100,
      askedUsd: 0.01,
    })
    expect(estimateToText(estimate)).toBe(
      '#covid19: about 143,000 tweets a day, $715.00 a day\n' +
        '#vacina: about 1 tweet a day, $0.005 a day\n' +
        'together: about 143,001 tweets a day, $715.005 a day\n' +
        "From X's counts of the last 7 days; they leave retweets out, which X delivers and bills. Asking cost $0.01.\n",
    )
  })

  it('takes the sample into account, and the span that X says it counted', () => {
    const estimate = estimateOf(['#a'], [{ posts: 500, spanMs: WEEK_MS / 14 }], 10)
    expect(estimate).toMatchObject({ tweetsPerDay: 100, usdPerDay: 0.5 })
    expect(estimateToText(estimate)).toContain("From X's counts of the last 7 days at --sample 10; ")
  })

  it('names a rule that X cannot count, and does not take it for one without tweets', () => {
    const estimate = estimateOf(['#a', 'long'], [{ posts: 7, spanMs: WEEK_MS }, undefined], 100)
    expect(estimate).toMatchObject({ tweetsPerDay: 1, askedUsd: 0.005 })
    expect(estimateToText(estimate)).toContain(
      'long: not counted, it is longer than the 512 characters that X counts\n',
    )
  })
})
