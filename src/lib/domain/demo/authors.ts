/**
 * The demo's authors: a crowd that grows, in which a few write most, and whose profiles change.
 */

import type { Random } from './random.ts'
import type { Region } from './words.ts'

/** A made-up account. Numbers and profile change as it posts. */
export interface Author {
  id: string
  username: string
  region: Region
  /** members of the user's JSON object that a profile change replaces, without braces */
  profile: string
  followers: number
  following: number
  tweets: number
  listed: number
}

export interface AuthorPool {
  /** The author of the next tweet of a region: often somebody heard before, now and then somebody else. */
  next(region: Region): Author
}

const FIRST_AUTHORS = 40
const NEWCOMER_PROBABILITY = 0.06
const PROFILE_CHANGE_PROBABILITY = 0.004
/** of each region; then newcomers take the place of others, so that a long run stays in bounded memory */
const MAX_AUTHORS = 20_000
const MAX_AGE_MS = 10 * 365 * 86_400_000

/** @param startMs accounts are older than this, milliseconds since 1970-01-01T00:00Z */
export function createAuthorPool(random: Random, startMs: number): AuthorPool {
  const byRegion = new Map<Region, Author[]>()
  let serial = 0
  const newcomer = (region: Region) => createAuthor(region, ++serial, random, startMs)
  return {
    next(region) {
      const authors = byRegion.get(region) ?? Array.from({ length: FIRST_AUTHORS }, () => newcomer(region))
      byRegion.set(region, authors)
      if (random.chance(NEWCOMER_PROBABILITY)) {
        const author = newcomer(region)
        authors[authors.length < MAX_AUTHORS ? authors.length : random.below(MAX_AUTHORS)] = author
        return author
      }
      // the cube makes the first fifth of the crowd write more than half of the tweets
      const author = authors[Math.floor(random.fraction() ** 3 * authors.length)] as Author
      if (random.chance(PROFILE_CHANGE_PROBABILITY)) author.profile = createProfile(author, random, startMs)
      author.tweets += 1
      author.followers += random.below(3)
      return author
    },
  }
}

/** The user as X's `includes.users` has it now. */
export function authorToJson(author: Author): string {
  return `{${author.profile},"public_metrics":{"followers_count":${author.followers},"following_count":${author.following},"tweet_count":${author.tweets},"listed_count":${author.listed}}}`
}

function createAuthor(region: Region, serial: number, random: Random, startMs: number): Author {
  const followers = Math.floor(20 / (random.fraction() + 0.00001))
  const author = {
    // accounts from before 2013 have short ids, later ones snowflakes
    id: random.chance(0.4) ? `${10_000_000 + serial * 7919}` : `1${700_000_000_000 + serial * 104_729}00000`,
    username: `${random.chance(0.5) ? 'demo' : region.lang}_${serial.toString(36)}`,
    region,
    profile: '',
    followers,
    following: random.below(2000),
    tweets: random.below(20_000),
    listed: Math.floor(followers / 150),
  }
  author.profile = createProfile(author, random, startMs)
  return author
}

function createProfile(author: Pick<Author, 'id' | 'username' | 'region'>, random: Random, startMs: number): string {
  const { id, username, region } = author
  const place = random.pick(region.places)
  const verifiedType = random.chance(0.08) ? 'blue' : random.chance(0.01) ? 'business' : 'none'
  const location = random.chance(0.6) ? `,"location":${JSON.stringify(place.name)}` : ''
  // an account was made on one day, however often its profile changes
  const ageMs = (Number(id.slice(-10)) * 104_729) % MAX_AGE_MS
  const createdAt = `${new Date(startMs - ageMs).toISOString().slice(0, 19)}.000Z`
  return `"id":"${id}","username":"${username}","name":${JSON.stringify(random.pick(region.names))},"created_at":"${createdAt}","description":${JSON.stringify(random.pick(region.descriptions))}${location},"protected":false,"verified":${verifiedType !== 'none'},"verified_type":"${verifiedType}"`
}
