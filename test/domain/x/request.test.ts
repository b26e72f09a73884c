import { describe, expect, it } from 'vitest'
import { LAYER1 } from '../../../src/lib/domain/layer1.ts'
import { COLUMN_FILLINGS, LEAN_STREAM_QUERY, queryWithout, STREAM_QUERY } from '../../../src/lib/domain/x/request.ts'

/** What X refuses to an app that acts for no user. */
const NEEDS_A_USER =
  /non_public_metrics|organic_metrics|promoted_metrics|confirmed_email|receives_your_dm|connection_status/

describe('STREAM_QUERY', () => {
  it('asks for something for every layer1 column, and for nothing else', () => {
    expect(Object.keys(COLUMN_FILLINGS)).toEqual(LAYER1.fields.map(field => field.name))
  })

  it('is short enough that nobody pays for more than the tweet, its author, its place and what it refers to', () => {
    expect(STREAM_QUERY).toEqual({
      expansions: 'author_id,geo.place_id,referenced_tweets.id',
      'place.fields': 'country,country_code,full_name,name,place_type',
      'tweet.fields':
        'author_id,conversation_id,created_at,edit_history_tweet_ids,entities,geo,id,in_reply_to_user_id,lang,' +
        'note_tweet,possibly_sensitive,public_metrics,referenced_tweets,text,withheld',
      'user.fields': 'created_at,description,location,name,protected,public_metrics,username,verified,verified_type',
    })
  })

  it("asks for nothing that needs a user's consent", () => {
    expect(Object.values(STREAM_QUERY).join()).not.toMatch(NEEDS_A_USER)
  })
})

describe('LEAN_STREAM_QUERY', () => {
  it('asks for the same fields of the tweet and its place, and for nothing beside it that has a price', () => {
    expect(LEAN_STREAM_QUERY).toEqual({
      expansions: 'geo.place_id',
      'place.fields': STREAM_QUERY['place.fields'],
      'tweet.fields': STREAM_QUERY['tweet.fields'],
    })
  })
})

describe('queryWithout', () => {
  const query = { expansions: 'author_id', 'tweet.fields': 'id,note_tweet,text' }

  it('leaves a word out of its own list', () => {
    expect(queryWithout(query, [{ parameter: 'tweet.fields', word: 'note_tweet' }])).toEqual({
      expansions: 'author_id',
      'tweet.fields': 'id,text',
    })
  })

  it.each([{ word: 'author_id' }, { word: undefined }])(
    'leaves a parameter out that holds nothing more: %o',
    ({ word }) => {
      expect(queryWithout(query, [{ parameter: 'expansions', word }])).toEqual({ 'tweet.fields': 'id,note_tweet,text' })
    },
  )

  it('is the same query when X complains of what is not in it', () => {
    expect(queryWithout(query, [{ parameter: 'user.fields', word: 'text' }])).toBe(query)
  })
})
