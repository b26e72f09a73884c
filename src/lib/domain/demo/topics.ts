/**
 * The demo's topics: the tags that a region talks about, a few of them most of the time.
 *
 * Behind the tags that a region is known for stands a long tail of tags that hardly anybody uses, because that is
 * what a table of hashtags looks like.
 */

import { foldTag } from '../tag.ts'
import { ruleTag } from '../x/rules.ts'
import { createZipf, type Random } from './random.ts'
import { REGIONS, type Region } from './words.ts'

/** One tag and how it is written. */
export interface Topic {
  /** n >= 1, the usual one first; all fold to the same tag */
  spellings: readonly string[]
  /** the rule that captures it, as a JSON object of `matching_rules` */
  rule: string
}

const TAIL_TAGS = 300
const ZIPF_EXPONENT = 1.1

const TOPICS: ReadonlyMap<Region, readonly Topic[]> = new Map(REGIONS.map(region => [region, topicsOf(region)]))
const DRAW_RANK: ReadonlyMap<Region, (random: Random) => number> = new Map(
  REGIONS.map(region => [region, createZipf(region.tags.length + TAIL_TAGS, ZIPF_EXPONENT)]),
)

/** What the next tweet of a region is about. */
export function drawTopic(region: Region, random: Random): Topic {
  const rank = DRAW_RANK.get(region)?.(random) ?? 0
  return TOPICS.get(region)?.[rank] as Topic
}

/** As its author happens to write it. */
export function drawSpelling(topic: Topic, random: Random): string {
  return random.chance(0.8) ? (topic.spellings[0] as string) : random.pick(topic.spellings)
}

function topicsOf(region: Region): Topic[] {
  const tail = Array.from({ length: TAIL_TAGS }, (_, i) => {
    const word = region.tags[i % region.tags.length] as string
    return `${word}_${2000 + i}`
  })
  return [...region.tags, ...tail].map(topicOf)
}

function topicOf(tag: string): Topic {
  const folded = foldTag(tag)
  const spellings = [tag, folded, tag.toUpperCase(), tag.normalize('NFD')]
  return {
    spellings: [...new Set(spellings)].filter(spelling => foldTag(spelling) === folded),
    rule: `{"id":"${ruleIdOf(folded)}","tag":${JSON.stringify(ruleTag('demo', folded))}}`,
  }
}

/** The same tag has the same rule in every region. */
function ruleIdOf(tag: string): string {
  let hash = 0
  for (let at = 0; at < tag.length; at++) hash = (Math.imul(hash, 31) + tag.charCodeAt(at)) >>> 0
  return `160${String(hash).padStart(10, '0')}000000`
}
