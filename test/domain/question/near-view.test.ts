import { describe, expect, it } from 'vitest'
import { nearestView } from '../../../src/lib/domain/question/near-view.ts'

describe('the view that was meant', () => {
  it.each([
    ['fact_tweets', 'fact_tweet'],
    ['FACT_TWET', 'fact_tweet'],
    ['hashtags', 'hashtag'],
    ['dim_users', 'dim_user'],
    ['bridge_hashtag_tweet', undefined],
    ['tweets', undefined],
    ['x', undefined],
  ])('by %s is %s', (name, view) => {
    expect(nearestView(name)).toBe(view)
  })
})
