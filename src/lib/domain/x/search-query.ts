/**
 * Rules as questions to X's recent search, which is asked for what the stream could not send.
 *
 * Search knows most of the rule language, takes half as many characters, and knows no `sample:`. It does not say which
 * rule a tweet was found by either. So a keyword or a rule is asked alone, and is then known to have matched; hashtags
 * are asked together, for a tweet that carries two of them is then sent and billed once, and carries the answer in itself.
 */
import { firstIdOf } from '../instant.ts'
import type { SessionRule } from '../session.ts'
import { foldTag } from '../tag.ts'
import type { TimeSpan } from '../time-spans.ts'

/** Longest query of recent search for a self-serve account. Counted in UTF-16 units, which is never fewer than X counts. */
export const MAX_QUERY_CHARS = 512

/** Sizes of a page that X accepts. */
export const MIN_PAGE_TWEETS = 10
export const MAX_PAGE_TWEETS = 100

export interface SearchQuestion {
  query: string
  /** those that are answered with it, n >= 1 */
  rules: readonly SessionRule[]
  /** folded; a tweet was found by those that it carries. Empty where `askedBy` says it */
  tags: readonly string[]
  /** name of the one rule; undefined: `tags` tell */
  askedBy: string | undefined
}

/** A rule that search cannot be asked for. */
export interface UnaskableRule {
  rule: SessionRule
  because: 'sample' | 'length'
}

/** @returns every rule in one question, or unaskable */
export function questionsFor(rules: readonly SessionRule[]): {
  questions: SearchQuestion[]
  unaskable: UnaskableRule[]
} {
  const unaskable: UnaskableRule[] = []
  const alone: SearchQuestion[] = []
  const hashtags: HashtagRule[] = []
  for (const rule of rules) {
    const query = withoutSample(rule.value)
    if (query === undefined) unaskable.push({ rule, because: 'sample' })
    else if (query.length > MAX_QUERY_CHARS) unaskable.push({ rule, because: 'length' })
    else {
      const hashtag = hashtagRule(rule, query)
      if (hashtag === undefined) alone.push({ query, rules: [rule], tags: [], askedBy: rule.name })
      else hashtags.push(hashtag)
    }
  }
  const together = [...Map.groupBy(hashtags, ({ narrowing }) => narrowing).values()].flatMap(packTogether)
  return { questions: [...together, ...alone], unaskable }
}

/**
 * The rule without `sample:100`, which is no sample; undefined where it asks for a smaller one. Without its sample the
 * same rule would bring, and bill, all tweets instead of a share of them, which nobody asked for.
 */
function withoutSample(value: string): string | undefined {
  const quoteless = value.replace(/"[^"]*"/g, '""')
  const samples = [...quoteless.matchAll(/(?:^|[\s(])sample:(\d+)/g)]
  if (samples.length === 0) return value
  return samples.every(([, percent]) => percent === '100') ? value.replace(/ sample:100(?=$|[\s)])/g, '') : undefined
}

/** A hashtag, and what narrows it, such as ` lang:pt`. */
interface HashtagRule {
  rule: SessionRule
  hashtag: string
  narrowing: string
}

/** undefined for a rule of a person's own that happens to begin with a hashtag: its name is then no folded tag */
function hashtagRule(rule: SessionRule, query: string): HashtagRule | undefined {
  const [, hashtag = '', narrowing = ''] = /^(#[^\s()":]+)( .+)?$/.exec(query) ?? []
  return hashtag !== '' && foldTag(hashtag.slice(1)) === rule.name ? { rule, hashtag, narrowing } : undefined
}

/** As many in a question as there is room for. @param group of one narrowing */
function packTogether(group: readonly HashtagRule[]): SearchQuestion[] {
  const packs: HashtagRule[][] = []
  for (const hashtag of group) {
    const last = packs.at(-1)
    if (last !== undefined && queryOf([...last, hashtag]).length <= MAX_QUERY_CHARS) last.push(hashtag)
    else packs.push([hashtag])
  }
  return packs.map(pack => ({
    query: queryOf(pack),
    rules: pack.map(({ rule }) => rule),
    tags: pack.map(({ rule }) => rule.name),
    askedBy: undefined,
  }))
}

/** A space is AND and binds tighter than OR, hence the parentheses. */
function queryOf(pack: readonly HashtagRule[]): string {
  const { narrowing } = pack[0]!
  const any = pack.map(({ hashtag }) => hashtag).join(' OR ')
  return pack.length > 1 && narrowing !== '' ? `(${any})${narrowing}` : any + narrowing
}

/**
 * The tweets that were made in a span of time. By ids and not by `start_time` and `end_time`, which know whole seconds
 * only: an id has the millisecond in it, and the next question can begin exactly below the last tweet of this one.
 * @param belowId only tweets with smaller ids; undefined: up to the end of the span
 */
export function idBorders(
  { fromMs, toMs }: TimeSpan,
  belowId: string | undefined,
): { since_id: string; until_id: string } {
  // X takes both borders for outside
  return { since_id: String(firstIdOf(fromMs) - 1n), until_id: belowId ?? String(firstIdOf(toMs)) }
}

/** The smallest of some ids, as numbers and not as texts; undefined for none. */
export function oldestOf(ids: readonly string[]): string | undefined {
  return ids.reduce<string | undefined>(
    (oldest, id) => (oldest === undefined || BigInt(id) < BigInt(oldest) ? id : oldest),
    undefined,
  )
}

/** The same things under the names that X gives them since its specification 2.167. */
const POST_WORDS: Readonly<Record<string, string>> = {
  note_tweet: 'note_post',
  referenced_tweets: 'referenced_posts',
  'referenced_tweets.id': 'referenced_posts.id',
  edit_history_tweet_ids: 'edit_history_post_ids',
}

/** What each tweet shall hold, in the other of X's two vocabularies: search may have lost the one that the stream keeps. */
export function inPostWords(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([parameter, list]) => {
      const words = list.split(',').map(word => POST_WORDS[word] ?? word)
      return [parameter === 'tweet.fields' ? 'post.fields' : parameter, words.sort().join(',')]
    }),
  )
}
