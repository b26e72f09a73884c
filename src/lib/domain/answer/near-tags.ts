/**
 * Near tags: what somebody may have meant by a tag that no tweet carries.
 *
 * A slip of the keyboard is rare and a much used tag is likely, so both are weighed: a tag may be further away if it is used more.
 * Tags are folded, so case and width make no difference any more.
 */
import { editDistance } from '../edits.ts'

/** A tag that is there, and by how many tweets. */
export interface UsedTag {
  tag: string
  tweets: number
}

/** A tag that no tweet carries, and tags that look like it, the likeliest first. */
export interface UnknownTag {
  tag: string
  near: readonly string[]
}

/** So many suggestions can be read at a glance. */
const MOST_NEAR = 3
/** An edit is as unlikely as a tag that is used so many times less. */
const EDIT_ODDS = 100
/** What another ending, or none, costs in edits: `covid` for `covid19brasil`. */
const ENDING_EDITS = 1.5
/** What accents cost that were left out or put in. */
const ACCENT_EDITS = 0.5
/** A beginning that is shorter says nothing. */
const MIN_BEGINNING = 3

/**
 * The tags that `asked` may have been meant for, the likeliest first; of equals the one that sorts first.
 * @param asked folded
 * @param tags  folded; 100,000 of them take less than 0.2 s
 * @returns     at most three; none where none is near
 */
export function nearTags(asked: string, tags: Iterable<UsedTag>): string[] {
  const plainAsked = withoutAccents(asked)
  const most = mostEdits(plainAsked.length)
  const near: { tag: string; score: number }[] = []
  for (const { tag, tweets } of tags) {
    if (tag === asked) continue
    const edits = editsBetween(plainAsked, withoutAccents(tag), most)
    if (edits !== undefined) near.push({ tag, score: Math.log(tweets + 1) - edits * Math.log(EDIT_ODDS) })
  }
  near.sort((a, b) => b.score - a.score || (a.tag < b.tag ? -1 : 1))
  return near.slice(0, MOST_NEAR).map(({ tag }) => tag)
}

/** One edit makes any tag of two letters another one; of a long one more may be wrong. */
function mostEdits(length: number): number {
  if (length < 3) return 0
  return length < 6 ? 1 : length < 11 ? 2 : 3
}

const ASCII = /^[\0-\x7f]*$/

/** Accents of Latin, Greek and Cyrillic; marks of other scripts are letters to those who write them. */
function withoutAccents(tag: string): string {
  if (ASCII.test(tag)) return tag
  return tag
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
}

/** @returns undefined where they are too far apart. Both are without accents */
function editsBetween(asked: string, tag: string, most: number): number | undefined {
  if (asked === tag) return ACCENT_EDITS
  const typed = Math.abs(asked.length - tag.length) > most ? undefined : editDistance(asked, tag, most)
  const [short, long] = asked.length < tag.length ? [asked, tag] : [tag, asked]
  const isBeginning = short.length >= MIN_BEGINNING && long.startsWith(short)
  if (!isBeginning) return typed
  return Math.min(typed ?? ENDING_EDITS, ENDING_EDITS)
}
