/**
 * The demo's posts: what is written, and how X's stream writes it down.
 *
 * A post keeps its own JSON, because it is sent again inside the lines of those who retweet, answer or quote it.
 */

import type { Kind } from '../layer1.ts'
import { type Author, authorToJson } from './authors.ts'
import type { Random } from './random.ts'
import { DemoText } from './text.ts'
import { drawSpelling, drawTopic, type Topic } from './topics.ts'
import { EMOJI, NO_LANGUAGE, type Place } from './words.ts'

/** One post. Its counts go up as others react to it. */
export interface DemoPost {
  id: string
  author: Author
  topic: Topic
  /** the whole of it */
  text: DemoText
  lang: string
  conversationId: string
  place: Place | undefined
  /** members of its JSON object but the metrics, without braces */
  members: string
  retweets: number
  replies: number
  quotes: number
}

type OwnKind = Exclude<Kind, 'retweet'>

/** Where and when a post is made. */
export interface Occasion {
  id: string
  /** as X writes it: milliseconds are zero */
  createdAt: string
  author: Author
  random: Random
}

const RETWEET_CODE_POINTS = 130
const SHORT_CODE_POINTS = 270
const NOTE_PROBABILITY = 0.04
const PLACE_PROBABILITY = 0.05

/** A post of one's own; `referenced` is what it answers or quotes. */
export function createPost(kind: OwnKind, occasion: Occasion, referenced?: DemoPost): DemoPost {
  const { author, random } = occasion
  // whoever answers mostly stays with the subject
  const topic = referenced !== undefined && random.chance(0.7) ? referenced.topic : drawTopic(author.region, random)
  const hasWords = !random.chance(0.03)
  const draft = {
    text: composeText(kind, occasion, topic, referenced, hasWords),
    topic,
    lang: hasWords ? author.region.lang : random.pick(NO_LANGUAGE),
    place: random.chance(PLACE_PROBABILITY) ? random.pick(author.region.places) : undefined,
    conversationId: kind === 'reply' && referenced !== undefined ? referenced.conversationId : occasion.id,
  }
  return finishPost(kind, occasion, draft, referenced, [occasion.id])
}

/** A post said again by somebody else: `RT @…`, cut. */
export function createRetweet(occasion: Occasion, original: DemoPost): DemoPost {
  const text = new DemoText()
  text.add('RT')
  text.addMention(original.author)
  text.add(': ')
  text.addStartOf(original.text, RETWEET_CODE_POINTS)
  const { topic, lang } = original
  original.retweets += 1
  const draft = { text, topic, lang, place: undefined, conversationId: occasion.id }
  const retweet = finishPost('retweet', occasion, draft, original, [occasion.id])
  // X gives a retweet the count of its original
  retweet.retweets = original.retweets
  return retweet
}

/** A later version of a post: a new id, the whole history, a few words more. */
export function createEdit(occasion: Occasion, earlier: DemoPost): DemoPost {
  const text = new DemoText()
  text.addStartOf(earlier.text, Number.POSITIVE_INFINITY)
  text.addWords('(!)')
  const { topic, lang, place, conversationId } = earlier
  return finishPost('original', occasion, { text, topic, lang, place, conversationId }, undefined, [
    earlier.id,
    occasion.id,
  ])
}

/** The line that X's stream sends for a post. @param referenced left out where X could not resolve it */
export function postToLine(post: DemoPost, referenced: DemoPost | undefined, referencedId: string | undefined): string {
  const users = [authorToJson(post.author)]
  if (referenced !== undefined && referenced.author !== post.author) users.push(authorToJson(referenced.author))
  const tweets = referenced === undefined ? '' : `,"tweets":[{${referenced.members},${metricsOf(referenced)}}]`
  const places = post.place === undefined ? '' : `,"places":[${placeToJson(post.place)}]`
  const isLost = referenced === undefined && referencedId !== undefined
  const errors = isLost ? `,"errors":[${notFoundToJson(referencedId)}]` : ''
  return `{"data":{${post.members},${metricsOf(post)}},"includes":{"users":[${users.join(',')}]${tweets}${places}}${errors},"matching_rules":[${post.topic.rule}]}`
}

function composeText(
  kind: OwnKind,
  { id, author, random }: Occasion,
  topic: Topic,
  referenced: DemoPost | undefined,
  hasWords: boolean,
): DemoText {
  const text = new DemoText()
  if (kind === 'reply' && referenced !== undefined) text.addMention(referenced.author)
  if (hasWords) writeWords(text, author, random)
  // a quote can be captured for what it quotes
  if (kind !== 'quote' || referenced?.topic !== topic || random.chance(0.5)) writeTags(text, topic, author, random)
  if (random.chance(0.5)) text.addWords(random.pick(EMOJI))
  if (kind === 'original' && random.chance(NOTE_PROBABILITY)) writeMore(text, author, random)
  if (random.chance(0.01)) text.addCashtag('DEMO3')
  const link = linkOf(kind, id, referenced, random)
  if (link !== undefined) text.addUrl(id.slice(-10), link)
  return text
}

function linkOf(kind: OwnKind, id: string, referenced: DemoPost | undefined, random: Random): string | undefined {
  if (kind !== 'quote' || referenced === undefined) {
    return random.chance(0.15) ? `https://example.org/${id.slice(-6)}` : undefined
  }
  return `https://twitter.com/${referenced.author.username}/status/${referenced.id}`
}

function writeWords(text: DemoText, author: Author, random: Random): void {
  text.addWords(random.pick(author.region.phrases))
  if (random.chance(0.3)) text.addWords(random.pick(author.region.phrases))
}

function writeTags(text: DemoText, topic: Topic, author: Author, random: Random): void {
  text.addHashtag(random.chance(0.01) ? '＃' : '#', drawSpelling(topic, random))
  for (let more = random.chance(0.35) ? 1 + random.below(3) : 0; more > 0; more--) {
    text.addHashtag('#', drawSpelling(drawTopic(author.region, random), random))
  }
}

/** The tail of a long post, with tags that stand nowhere else. */
function writeMore(text: DemoText, author: Author, random: Random): void {
  for (let sentences = 8 + random.below(12); sentences > 0; sentences--) writeWords(text, author, random)
  text.addHashtag('#', drawSpelling(drawTopic(author.region, random), random))
}

type Draft = Pick<DemoPost, 'text' | 'topic' | 'lang' | 'place' | 'conversationId'>

function finishPost(
  kind: Kind,
  occasion: Occasion,
  draft: Draft,
  referenced: DemoPost | undefined,
  editHistory: readonly string[],
): DemoPost {
  const { id, createdAt, author, random } = occasion
  const { lang, conversationId } = draft
  const ids = `"id":"${id}","author_id":"${author.id}","conversation_id":"${conversationId}","created_at":"${createdAt}"`
  const history = `"edit_history_tweet_ids":[${editHistory.map(version => `"${version}"`).join(',')}]`
  const flags = `"lang":"${lang}","possibly_sensitive":${random.chance(0.01)}`
  const withheld = random.chance(0.001) ? ',"withheld":{"copyright":false,"country_codes":["DE","FR"]}' : ''
  const geo = draft.place === undefined ? '' : geoToJson(draft.place, random)
  const reference = referenced === undefined ? '' : referenceToJson(kind, referenced)
  return {
    ...draft,
    id,
    author,
    members: `${ids},${history},${flags}${withheld}${geo}${reference}${textToJson(draft.text)}`,
    retweets: 0,
    replies: 0,
    quotes: 0,
  }
}

/** X cuts a long post and sends the whole beside it, each with its own entities. */
function textToJson(text: DemoText): string {
  const whole = `"text":${JSON.stringify(text.text)}${text.entitiesToJson()}`
  if (text.codePoints <= SHORT_CODE_POINTS) return `,${whole}`
  const cut = new DemoText()
  cut.addStartOf(text, SHORT_CODE_POINTS)
  return `,"text":${JSON.stringify(cut.text)}${cut.entitiesToJson()},"note_tweet":{${whole}}`
}

function referenceToJson(kind: Kind, referenced: DemoPost): string {
  const type = { retweet: 'retweeted', reply: 'replied_to', quote: 'quoted', original: '' }[kind]
  const inReplyTo = kind === 'reply' ? `,"in_reply_to_user_id":"${referenced.author.id}"` : ''
  return `,"referenced_tweets":[{"type":"${type}","id":"${referenced.id}"}]${inReplyTo}`
}

function metricsOf(post: DemoPost): string {
  const impressions = post.retweets * 97 + post.replies * 31 + post.quotes * 53
  return `"public_metrics":{"retweet_count":${post.retweets},"reply_count":${post.replies},"like_count":${post.retweets * 4 + post.replies},"quote_count":${post.quotes},"bookmark_count":${post.quotes},"impression_count":${impressions}}`
}

function geoToJson(place: Place, random: Random): string {
  const point = random.chance(0.2)
    ? `,"coordinates":{"type":"Point","coordinates":[${place.longitude},${place.latitude}]}`
    : ''
  return `,"geo":{"place_id":"${place.id}"${point}}`
}

function placeToJson(place: Place): string {
  const { longitude, latitude } = place
  const bbox = `[${longitude},${latitude},${longitude},${latitude}]`
  return `{"id":"${place.id}","full_name":"${place.fullName}","name":"${place.name}","place_type":"${place.type}","country":"${place.country}","country_code":"${place.countryCode}","geo":{"type":"Feature","bbox":${bbox},"properties":{}}}`
}

function notFoundToJson(id: string): string {
  return `{"resource_type":"tweet","resource_id":"${id}","value":"${id}","parameter":"referenced_tweets.id","title":"Not Found Error","detail":"Could not find tweet with referenced_tweets.id: [${id}].","type":"https://api.x.com/2/problems/resource-not-found"}`
}
