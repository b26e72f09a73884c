/**
 * What is forgotten, and the tombstones that keep it so: ids of tweets and of users, never a word of theirs.
 *
 * A tombstone outlives what it is about, because the same tweet may come again: X delivers it twice, a search fills a gap
 * with it, a file is replayed. Each file of tombstones is written once, under a name that follows from what is in it, so
 * that two of them never contradict each other and writing one again changes nothing.
 */
import { createHash } from 'node:crypto'
import { TwdwError } from '../../errors.ts'
import { isInt64Id } from '../instant.ts'
import { parseKept } from '../kept-json.ts'
import { IdSet } from './id-set.ts'

export interface Forgotten {
  readonly tweets: IdSet
  /** all of whose tweets are forgotten, with their profiles */
  readonly users: IdSet
}

/** Ids of tweets and of users, each without leading zeros. */
export interface ForgottenIds {
  tweets: readonly string[]
  users: readonly string[]
}

export const NOTHING_FORGOTTEN: Forgotten = forgottenOf([])

export function forgottenOf(ids: readonly ForgottenIds[]): Forgotten {
  return {
    tweets: new IdSet(ids.flatMap(({ tweets }) => tweets)),
    users: new IdSet(ids.flatMap(({ users }) => users)),
  }
}

/** As `known` and more; the same object where `ids` are known. */
export function withIds(known: Forgotten, ids: ForgottenIds): Forgotten {
  const { tweets, users } = newIds(known, ids)
  if (tweets.length === 0 && users.length === 0) return known
  return forgottenOf([
    { tweets: known.tweets.ids, users: known.users.ids },
    { tweets, users },
  ])
}

/** Those of the ids that are not known. */
export function newIds(known: Forgotten, { tweets, users }: ForgottenIds): ForgottenIds {
  return {
    tweets: tweets.filter(id => !known.tweets.has(id)),
    users: users.filter(id => !known.users.has(id)),
  }
}

export function isNothing({ tweets, users }: Forgotten): boolean {
  return tweets.size === 0 && users.size === 0
}

/** Of the file; another one is refused. */
const TOMBSTONE_FORMAT = 1

/** As the file holds it: JSON, ids ascending, the same bytes for the same ids. */
export function tombstonesToText(ids: ForgottenIds): string {
  const { tweets, users } = forgottenOf([ids])
  return `${JSON.stringify({ format: TOMBSTONE_FORMAT, tweets: tweets.ids, users: users.ids })}\n`
}

/** The name of a file of tombstones: the same for the same ids. @param text of the file */
export function tombstonesName(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** @throws TwdwError E_LAKE when it is no file of tombstones: what it kept away could come back unseen */
export function parseTombstones(text: string, path: string): ForgottenIds {
  const damaged = (why: string, cause?: unknown) =>
    new TwdwError('E_LAKE', `the tombstones ${path} are damaged: ${why}`, {
      hint: 'restore the file; or remove it, and have `twdw forget` forget the same ids again',
      cause,
    })
  const { tweets, users } = parseKept(text, { what: `the file ${path}`, format: TOMBSTONE_FORMAT, damaged })
  if (!isIdList(tweets) || !isIdList(users)) throw damaged('what should be a list of ids is none')
  return { tweets, users }
}

function isIdList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(id => typeof id === 'string' && isInt64Id(id))
}
