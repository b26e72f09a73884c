/**
 * The rows that a preset is counted from.
 *
 * The same question can be answered from tables of very different size. The smallest that answers exactly is taken:
 * agg_hashtag_hour for what adds up, agg_hashtag_user_hour for distinct authors and reach, else the fact.
 */
import type { ByColumn, Metric, Preset, Span } from './preset.ts'
import { sqlInstant, sqlText } from './sql-dialect.ts'
import type { ViewName } from './views.ts'

/** Rows to group: a table, or a join, that can answer the preset exactly. */
export interface Rows {
  views: ViewName[]
  from: string
  /** conditions, all of which hold */
  where: string[]
  /** stands before columns of time and of the tweet */
  prefix: string
  /** columns of a row, as SQL names them; '' where no preset counted from these rows needs one */
  tag: string
  hashtag: string
  rule: string
  user: string
  followers: string
  /** a metric that adds up, as an expression that one row brings in */
  addend(metric: Metric): string
}

/** @param span of the preset, resolved in the lake's zone */
export type ChooseRows = (preset: Preset, span: Span) => Rows

/** The smallest table that answers exactly. */
export const chooseRows: ChooseRows = (preset, span) => {
  const has = (by: ByColumn) => preset.by.includes(by)
  const isTagged = preset.tags.length > 0 || preset.allTags
  const isPerTag = isTagged !== has('hashtag')
  const isPerUser = has('user') || preset.users.length > 0
  const isPerText = has('lang') || has('kind') || preset.langs.length > 0 || preset.kinds.length > 0
  const needsFact = !isPerTag || has('place') || has('rule')
  const isOfAuthors = preset.metric === 'authors' || preset.metric === 'reach'
  if (!needsFact && !isPerUser && !isOfAuthors) return hourRows(preset, span)
  if (!needsFact && !isPerText && (isOfAuthors || preset.metric === 'tweets')) return userHourRows(preset, span)
  return factRows(preset, span)
}

function hourRows(preset: Preset, span: Span): Rows {
  return {
    views: ['agg_hashtag_hour'],
    from: 'agg_hashtag_hour',
    where: conditions(preset, span, { prefix: '', tag: 'tag', user: '' }),
    prefix: '',
    tag: 'tag',
    hashtag: 'tag',
    rule: '',
    user: '',
    followers: '',
    addend: metric => metric,
  }
}

function userHourRows(preset: Preset, span: Span): Rows {
  return {
    views: ['agg_hashtag_user_hour', ...snapshotOf(preset)],
    from: 'agg_hashtag_user_hour',
    where: conditions(preset, span, { prefix: '', tag: 'tag', user: 'user_id' }),
    prefix: '',
    tag: 'tag',
    hashtag: 'tag',
    rule: '',
    user: 'user_id',
    followers: 'followers',
    addend: metric => metric,
  }
}

const COUNT_COLUMNS: Partial<Record<Metric, string>> = {
  retweets: 'retweet_count',
  replies: 'reply_count',
  likes: 'like_count',
  quotes: 'quote_count',
  impressions: 'impression_count',
}

/** The fact and its bridges, which can answer every preset. */
export const factRows: ChooseRows = (preset, span) => {
  const has = (by: ByColumn) => preset.by.includes(by)
  const isTagged = preset.tags.length > 0 || preset.allTags
  const views: ViewName[] = ['fact_tweet', ...snapshotOf(preset)]
  let from = 'fact_tweet f'
  if (isTagged) from += '\nJOIN bridge_tweet_hashtag b ON b.tweet_id = f.tweet_id'
  if (has('hashtag')) {
    from += `\nJOIN bridge_tweet_hashtag h ON h.tweet_id = f.tweet_id${isTagged ? ' AND h.tag <> b.tag' : ''}`
  }
  if (isTagged || has('hashtag')) views.push('bridge_tweet_hashtag')
  if (has('rule')) {
    from += '\nJOIN bridge_tweet_rule r ON r.tweet_id = f.tweet_id'
    views.push('bridge_tweet_rule')
  }
  const where = conditions(preset, span, { prefix: 'f.', tag: 'b.tag', user: 'f.author_id' })
  where.unshift('f.is_latest_version')
  if (has('user') || preset.metric === 'authors' || preset.metric === 'reach') where.push('f.author_id IS NOT NULL')
  if (has('place')) where.push('f.place_id IS NOT NULL')
  return {
    views,
    from,
    where,
    prefix: 'f.',
    tag: 'b.tag',
    hashtag: 'h.tag',
    rule: 'r.rule',
    user: 'f.author_id',
    followers: 'f.author_followers',
    addend: metric => (metric === 'tweets' ? '1' : `f.${COUNT_COLUMNS[metric]}`),
  }
}

function snapshotOf(preset: Preset): ViewName[] {
  return preset.users.some(user => 'username' in user) ? ['dim_user_snapshot'] : []
}

function conditions(preset: Preset, span: Span, columns: { prefix: string; tag: string; user: string }): string[] {
  const { prefix } = columns
  const where: string[] = []
  if (preset.tags.length > 0 && !preset.allTags) where.push(isIn(columns.tag, preset.tags))
  if (span.fromMs !== undefined) where.push(`${prefix}hour_start >= ${sqlInstant(span.fromMs)}`)
  if (span.toMs !== undefined) where.push(`${prefix}hour_start < ${sqlInstant(span.toMs)}`)
  if (preset.langs.length > 0) where.push(isIn(`lower(${prefix}lang)`, preset.langs))
  if (preset.kinds.length > 0) where.push(isIn(`${prefix}kind`, preset.kinds))
  if (preset.users.length > 0) where.push(isUser(columns.user, preset))
  return where
}

function isIn(column: string, texts: readonly string[]): string {
  const [first = '', ...others] = texts.map(sqlText)
  return others.length === 0 ? `${column} = ${first}` : `${column} IN (${[first, ...others].join(', ')})`
}

function isUser(column: string, preset: Preset): string {
  const ids = preset.users.flatMap(user => ('id' in user ? [user.id] : []))
  const usernames = preset.users.flatMap(user => ('username' in user ? [user.username] : []))
  const either: string[] = []
  if (ids.length > 0) either.push(`${column} IN (${ids.join(', ')})`)
  if (usernames.length > 0) {
    either.push(`${column} IN (SELECT user_id FROM dim_user_snapshot WHERE ${isIn('lower(username)', usernames)})`)
  }
  return either.length === 1 ? `${either[0]}` : `(${either.join(' OR ')})`
}
