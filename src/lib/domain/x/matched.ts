/**
 * Matched: what the lake says about the rules for which X sent a tweet.
 *
 * X names the rules that matched by id and tag. A rule of one hashtag is called as that hashtag. Of a pack X does not say
 * which of its hashtags it was, so it is those that the tweet carries, itself or in what it repeats or quotes; where it
 * carries none (X also matches what stands behind links) it is the pack's own name, which claims no more than X said.
 */
import { arrayOf, idOf, type JsonObject, objectOf, textOf } from '../line/json.ts'
import { foldTag } from '../tag.ts'
import { counted } from '../wording.ts'
import { isPackName } from './packing.ts'
import { ruleName } from './rules.ts'

/** What a rule is called: one name, or for a pack those of its hashtags that the tweet carries, else the pack's name. */
export type RuleNaming = string | { readonly pack: string; readonly hashtags: readonly string[] }

/** What the listener knows of the rules and the line does not. */
export interface RuleContext {
  /** hashtags listened for, folded; they stand in for the matching rules of a line that has none */
  listenedTags: readonly string[]
  /** the rules in use by their id at X, adopted ones included; {} where nothing is known */
  ruleNames: Readonly<Record<string, RuleNaming>>
  /** with what the tags of the lake's own rules begin, where tweets of other rules are foreign; undefined: none is */
  ownTags?: string | undefined
  /** name of the one rule that was asked for, where a line does not say what it matched; absent: `listenedTags` say it */
  askedBy?: string | undefined
}

export interface Matched {
  /** each once */
  rules: readonly string[]
  /** only rules of other programs matched: X bills the tweet, and nobody asked for it here */
  isForeign: boolean
}

/**
 * @param json     a line's object with its `matching_rules`, or any other tweet
 * @param hashtags of the tweet, as spelled
 */
export function matchedRules(json: JsonObject, hashtags: readonly string[], context: RuleContext): Matched {
  const matching = arrayOf(json.matching_rules).map(objectOf)
  if (matching.length === 0) return { rules: askedRules(hashtags, context), isForeign: false }
  const { ownTags, ruleNames } = context
  const namesOf = (names: readonly string[], pack: string): readonly string[] => {
    const matched = carriedOf(names, [...hashtags, ...referencedHashtags(json)])
    return matched.length > 0 ? matched : [pack]
  }
  const rules: string[] = []
  let isForeign = ownTags !== undefined
  for (const rule of matching) {
    const tag = textOf(rule?.tag)
    const known = ruleNames[textOf(rule?.id) ?? '']
    if (known !== undefined || (ownTags !== undefined && tag?.startsWith(ownTags))) isForeign = false
    if (typeof known === 'string') rules.push(known)
    else if (known !== undefined) rules.push(...namesOf(known.hashtags, known.pack))
    // a rule without a tag has no name to give
    else if (tag !== null) rules.push(...unknownNames(ruleName(tag), context, namesOf))
  }
  return { rules: [...new Set(rules)], isForeign }
}

/** A line that says nothing of rules (an archive, an answer of search): what was asked for, as far as the tweet carries it. */
function askedRules(hashtags: readonly string[], { askedBy, listenedTags }: RuleContext): readonly string[] {
  return askedBy === undefined ? carriedOf(listenedTags, hashtags) : [askedBy]
}

/** X goes on for some seconds with a pack that was replaced: what was in it is not known any more, but what is listened for. */
function unknownNames(
  name: string,
  { listenedTags }: RuleContext,
  namesOf: (names: readonly string[], pack: string) => readonly string[],
): readonly string[] {
  return isPackName(name) ? namesOf(listenedTags, name) : [name]
}

/** Those of the names that are among the hashtags. @param names folded */
function carriedOf(names: readonly string[], hashtags: readonly string[]): readonly string[] {
  if (names.length === 0 || hashtags.length === 0) return []
  const carried = new Set(hashtags.map(foldTag))
  return names.filter(name => carried.has(name))
}

/** Hashtags of what the tweet repeats or quotes, as far as the line holds it: X matches these too, and not what it answers. */
function referencedHashtags(json: JsonObject): string[] {
  const data = objectOf(json.data) ?? json
  const includes = objectOf(json.includes)
  const included = [...arrayOf(includes?.tweets), ...arrayOf(includes?.posts)].map(objectOf)
  return arrayOf(data.referenced_tweets ?? data.referenced_posts).flatMap(element => {
    const reference = objectOf(element)
    const type = textOf(reference?.type)
    if (type !== 'quoted' && type !== 'retweeted') return []
    const id = idOf(reference?.id)
    return [reference, ...included.filter(tweet => tweet !== undefined && idOf(tweet.id) === id)].flatMap(hashtagsOf)
  })
}

/** A long post has entities of its own beside those of its beginning. */
function hashtagsOf(tweet: JsonObject | undefined): string[] {
  const entities = [tweet, objectOf(tweet?.note_tweet ?? tweet?.note_post)].map(text => objectOf(text?.entities))
  return entities
    .flatMap(one => arrayOf(one?.hashtags))
    .map(hashtag => textOf(objectOf(hashtag)?.tag))
    .filter(tag => tag !== null)
}

/** A rule by which a source chooses what it sends. */
interface NamedRule {
  id: string
  name: string
  /** folded hashtags that it asks for; several: a pack */
  hashtags?: readonly string[]
}

/** How the names of rules in use stand in a segment's header. */
export function ruleNamesOf(rules: readonly NamedRule[]): Record<string, RuleNaming> {
  return Object.fromEntries(
    rules.map(({ id, name, hashtags = [] }) => [id, hashtags.length > 1 ? { pack: name, hashtags } : name]),
  )
}

/** What became of tweets that nobody asked for here. @param foreign how many, 1 or more */
export function foreignText(foreign: number): string {
  const were = foreign === 1 ? 'was' : 'were'
  return `${counted(foreign, 'tweet')} that only rules of other programs matched ${were} billed and not stored; --foreign stores them`
}
