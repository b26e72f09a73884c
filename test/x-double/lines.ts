/** Tweets as X sends them in the stream: made up, and as small as a test wants them. */

export interface StreamLine {
  data: Record<string, unknown> & { id: string; text: string; created_at: string }
  includes?: { users?: unknown[]; tweets?: unknown[] }
  matching_rules?: { id: string; tag?: string }[]
}

const SNOWFLAKE_EPOCH_MS = 1_288_834_974_657n

/** One tweet of hour 2026-09-21T11. @param n tells tweets apart; ids ascend with it */
export function streamLine(
  n: number,
  about: { text?: string; hashtags?: readonly string[]; rules?: StreamLine['matching_rules'] } = {},
): StreamLine {
  const hashtags = about.hashtags ?? ['Covid19']
  const text = about.text ?? `tweet ${n} ${hashtags.map(tag => `#${tag}`).join(' ')}`
  const hourMs = Date.parse('2026-09-21T11:00:00.000Z')
  // an id has the time in it
  const id = String((BigInt(hourMs + n * 1000) - SNOWFLAKE_EPOCH_MS) << 22n)
  return {
    data: {
      id,
      text,
      created_at: new Date(hourMs + (n % 3600) * 1000).toISOString(),
      author_id: '501',
      lang: 'pt',
      conversation_id: id,
      edit_history_tweet_ids: [id],
      entities: { hashtags: hashtags.map(tag => ({ start: 0, end: tag.length + 1, tag })) },
      public_metrics: {
        retweet_count: 0,
        reply_count: 0,
        like_count: 0,
        quote_count: 0,
        bookmark_count: 0,
        impression_count: 0,
      },
    },
    includes: { users: [{ id: '501', name: 'Ana 🧪', username: 'ana_501' }] },
    matching_rules: [...(about.rules ?? [{ id: '1950000000000000001', tag: 'twdw:lake:covid19' }])],
  }
}
