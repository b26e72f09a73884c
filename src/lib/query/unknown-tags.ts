/**
 * Unknown tags: those of a question that no tweet of its span carries, whatever else was asked, and what may have been meant.
 *
 * Asked only for tags that the answer does not have, so that a question which found something is not asked twice.
 */
import type { Table } from 'apache-arrow'
import { nearTags, type UnknownTag, type UsedTag } from '../domain/answer/near-tags.ts'
import { COUNT_ALL, type Preset } from '../domain/question/preset.ts'

/** Tags that are looked at, the most used: a rarer one is hardly what was meant. */
const MOST_TAGS = 100_000

/**
 * @param tags  asked for, folded
 * @param found the answer as the engine gave it, with a column of tags where several were asked for; undefined: it is empty
 * @param ask   a question about tweets of the same span
 */
export async function findUnknownTags(
  tags: readonly string[],
  found: Table | undefined,
  ask: (about: Preset) => Promise<Table>,
): Promise<UnknownTag[]> {
  const absent = withoutRows(tags, found)
  if (absent.length === 0) return []
  const unknown = withoutRows(absent, await ask({ ...COUNT_ALL, tags: absent }))
  if (unknown.length === 0) return []
  const used = usedTags(await ask({ ...COUNT_ALL, allTags: true, top: MOST_TAGS }))
  return unknown.map(tag => ({ tag, near: nearTags(tag, used) }))
}

/** Several tags are a row each, or more; a single one has a row with its count, whatever that is, or is the only one of which rows are. */
function withoutRows(tags: readonly string[], answer: Table | undefined): readonly string[] {
  if (answer === undefined) return tags
  if (tags.length > 1) {
    const found = new Set<string>(answer.getChild('tag'))
    return tags.filter(tag => !found.has(tag))
  }
  return answer.numCols === 1 && answer.getChild('tweets')?.get(0) === 0n ? tags : []
}

function usedTags(table: Table): UsedTag[] {
  const [tags, tweets] = [table.getChild('tag')!, table.getChild('tweets')!]
  return Array.from({ length: table.numRows }, (_, row) => ({ tag: tags.get(row), tweets: Number(tweets.get(row)) }))
}
