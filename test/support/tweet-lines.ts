/** Made-up v2 stream lines, one tweet each. */

/** The id of the first rule that the double of X makes: what matched it is the listener's own. */
const FIRST_RULE = '1950000000000000001'
const TWITTER_EPOCH_MS = 1_288_834_974_657n

/** A line whose id and time agree. @param n tells tweets of one instant apart, 0 <= n < 4096 */
export function tweetLine(at: string, n: number, tags: readonly string[] = ['covid19']): string {
  const id = ((BigInt(Date.parse(at)) - TWITTER_EPOCH_MS) << 22n) | BigInt(n)
  const hashtags = tags.map(tag => ({ start: 0, end: 1, tag }))
  const text = `tweet ${n} ${tags.map(tag => `#${tag}`).join(' ')} 🧪`
  const data = { id: String(id), text, created_at: at, author_id: '501', lang: 'pt', entities: { hashtags } }
  const users = [{ id: '501', name: 'Ana', username: 'ana' }]
  return JSON.stringify({
    data,
    includes: { users },
    matching_rules: [{ id: FIRST_RULE, tag: `twdw:lake:${tags[0]}` }],
  })
}
