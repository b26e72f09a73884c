/** Tags that begin as somebody has typed, spelled on as they have begun to. */
import { foldTag } from '../domain/tag.ts'
import type { Candidate } from './candidates.ts'

/** More than these are no help any more. */
const MOST_TAGS = 50

/**
 * @param tags  folded, the most used first
 * @param typed the beginning, with or without `#`
 * @param lead  what stands before the tag in the same word
 * @returns     candidates that begin with what was typed: `Elei` becomes `Eleição`, since any spelling asks for the tag
 */
export function offerTags(tags: readonly string[], typed: string, lead: string): Candidate[] {
  const [, sign = '', spelled = ''] = /^([#＃]?)(.*)$/su.exec(typed) ?? []
  const beginning = foldTag(spelled)
  return tags
    .filter(tag => tag.startsWith(beginning))
    .slice(0, MOST_TAGS)
    .map(tag => ({ word: lead + sign + spelled + tag.slice(beginning.length), describe: '' }))
}
