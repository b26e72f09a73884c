/**
 * Packing: more hashtags than an app has room for rules.
 *
 * While there is room a hashtag has a rule of its own, because X then says which one a tweet matched. Where there is not,
 * hashtags share rules: `#a OR #b OR …`, and the hashtags of the tweet have to say it. X cannot change a rule, and one
 * that is replaced hears nothing for some seconds, so a pack that stands stays as it is but for what came and went.
 */
import { TwdwError } from '../../errors.ts'
import { counted } from '../wording.ts'
import {
  isRuleOf,
  MAX_RULE_CHARS,
  type RuleHashtag,
  ruleName,
  ruleTag,
  type StandingRule,
  type WantedRule,
} from './rules.ts'

/** How many rules X lets stand, as it says itself; undefined where it did not say. */
export interface RuleCaps {
  /** of this app */
  perApp: number | undefined
  /** of all apps of the account's project together */
  perProject: number | undefined
  /** that stand in the project now */
  inProject: number | undefined
}

/** X did not say how many. */
export const UNKNOWN_CAPS: RuleCaps = { perApp: undefined, perProject: undefined, inProject: undefined }

/** Places for rules, of which this lake may use some. */
export interface RuleRoom {
  /** places that this lake has or can have; Infinity where X did not say */
  places: number
  /** places that nobody has yet */
  free: number
  /** how many rules may stand at all, in the app or, where that leaves less, in its project */
  cap: number
  of: 'app' | 'project'
  /** rules under that cap that are not this lake's */
  strangers: number
}

const OR = ' OR '
/** No hashtag has a colon, keywords are quoted, and X knows no such operator: no other rule is called so. */
const PACK = 'pack:'

/** @param standing every rule of the app */
export function roomFor(standing: readonly StandingRule[], lakeName: string, caps: RuleCaps): RuleRoom {
  const ours = standing.filter(isRuleOf(lakeName)).length
  const app = { of: 'app' as const, cap: caps.perApp ?? Number.POSITIVE_INFINITY, taken: standing.length }
  const inProject = Math.max(caps.inProject ?? 0, standing.length)
  const project = { of: 'project' as const, cap: caps.perProject ?? Number.POSITIVE_INFINITY, taken: inProject }
  const freeIn = ({ cap, taken }: { cap: number; taken: number }) => Math.max(0, cap - taken)
  const tighter = project.cap - project.taken < app.cap - app.taken ? project : app
  const strangers = tighter.taken - ours
  return {
    places: Math.max(0, tighter.cap - strangers),
    free: Math.min(freeIn(app), freeIn(project)),
    cap: tighter.cap,
    of: tighter.of,
    strangers,
  }
}

/**
 * The wanted rules as they fit: as they are, or with their hashtags in packs.
 * @param wanted   from `wantedRules`, a rule a hashtag
 * @param standing every rule of the app
 * @throws TwdwError E_REFUSED when not even packs fit
 */
export function fitRules(
  wanted: readonly WantedRule[],
  standing: readonly StandingRule[],
  lakeName: string,
  room: RuleRoom,
): readonly WantedRule[] {
  const isOurs = isRuleOf(lakeName)
  const strangersTexts = new Set(standing.filter(rule => !isOurs(rule)).map(rule => rule.value))
  // a stranger's rule with the same text is used as it stands, and takes no place
  const placesOf = (rules: readonly WantedRule[]) => rules.filter(({ value }) => !strangersTexts.has(value)).length
  if (placesOf(wanted) <= room.places) return wanted

  const packs = standing.filter(rule => isOurs(rule) && isPackName(ruleName(rule.tag ?? ''))).map(hashtagTexts)
  const asTheyStand = packRules(wanted, packs, lakeName)
  if (placesOf(asTheyStand) <= room.places) return asTheyStand
  const afresh = packRules(wanted, [], lakeName)
  if (placesOf(afresh) <= room.places) return afresh
  throw noRoom(placesOf(afresh), room)
}

/** The hashtags of a lake in packs, as few as can be, behind everything that is no hashtag. @param packs texts of those that stand */
function packRules(
  wanted: readonly WantedRule[],
  packs: readonly (readonly string[])[],
  lakeName: string,
): readonly WantedRule[] {
  const hashtags = wanted.flatMap(rule => rule.hashtags ?? [])
  const [one] = wanted.filter(rule => rule.hashtags !== undefined)
  // the same behind each of them: languages and sample
  const narrow = one?.value.slice(one.hashtags?.[0]?.text.length) ?? ''
  const maxChars = MAX_RULE_CHARS - (narrow === '' ? 0 : narrow.length + '()'.length)
  return [
    ...wanted.filter(rule => rule.hashtags === undefined),
    ...divide(hashtags, packs, maxChars).map(pack => packRule(pack, narrow, lakeName)),
  ]
}

function packRule(hashtags: readonly RuleHashtag[], narrow: string, lakeName: string): WantedRule {
  const sorted = hashtags.toSorted(byText)
  const text = sorted.map(hashtag => hashtag.text).join(OR)
  const [only] = sorted
  if (only !== undefined && sorted.length === 1) {
    return { value: `${text}${narrow}`, tag: ruleTag(lakeName, only.name), hashtags: sorted }
  }
  const value = narrow === '' ? text : `(${text})${narrow}`
  return { value, tag: ruleTag(lakeName, `${PACK}${checksum(text)}`), hashtags: sorted }
}

/** First fit, the longest first: whatever the order of the words, the same packs. */
function divide(
  hashtags: readonly RuleHashtag[],
  packs: readonly (readonly string[])[],
  maxChars: number,
): RuleHashtag[][] {
  const left = new Map(hashtags.map(hashtag => [hashtag.text, hashtag]))
  const divided: { hashtags: RuleHashtag[]; chars: number }[] = []
  const put = (hashtag: RuleHashtag, pack: (typeof divided)[number]) => {
    pack.hashtags.push(hashtag)
    pack.chars += OR.length + hashtag.text.length
    left.delete(hashtag.text)
  }
  const fits = ({ text }: RuleHashtag, { chars }: { chars: number }) => chars + OR.length + text.length <= maxChars
  for (const texts of packs) {
    const pack = { hashtags: [], chars: -OR.length }
    for (const text of texts) {
      const hashtag = left.get(text)
      if (hashtag !== undefined && fits(hashtag, pack)) put(hashtag, pack)
    }
    if (pack.hashtags.length > 0) divided.push(pack)
  }
  for (const hashtag of [...left.values()].sort((a, b) => b.text.length - a.text.length || byText(a, b))) {
    let pack = divided.find(one => fits(hashtag, one))
    if (pack === undefined) {
      pack = { hashtags: [], chars: -OR.length }
      divided.push(pack)
    }
    put(hashtag, pack)
  }
  return divided.map(pack => pack.hashtags)
}

function byText(a: RuleHashtag, b: RuleHashtag): number {
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0
}

/** `#a` and `#b` of `(#a OR #b) lang:pt`. */
function hashtagTexts({ value }: StandingRule): string[] {
  return value.match(/#[^\s()]+/gu) ?? []
}

/** What a rule of several hashtags is called: `pack:1f3a9c2e`, by what is in it. */
export function isPackName(name: string): boolean {
  return name.startsWith(PACK)
}

/** FNV-1a over UTF-16 units, 8 hex digits: the same hashtags are the same name everywhere. */
function checksum(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

function noRoom(needed: number, { places, cap, of, strangers }: RuleRoom): TwdwError {
  const whose = of === 'app' ? 'this app' : "this app's project"
  const taken = strangers === 1 ? '1 is' : `${strangers} are`
  return new TwdwError(
    'E_REFUSED',
    `X has no room for what is wanted: ${counted(needed, 'rule')} at the least, hashtags packed, and ${whose} may have ${cap}, of which ${taken} other programs'; that leaves ${places}`,
    {
      hint: 'listen for fewer hashtags, join --keyword and --rule texts into one --rule with OR, or have the other programs delete rules',
    },
  )
}
