/**
 * Rules: what X is asked to send.
 *
 * X keeps rules per app until somebody deletes them, and every program with the app's token sees and may change
 * all of them. A rule of ours is known by its tag, `twdw:<lake>:<name>`; nothing else tells it from a stranger's, so
 * only rules with this lake's own prefix are ever removed. X refuses a second rule with the text of a first one, whatever
 * their tags: a stranger's rule with the text that is wanted is used as it stands (adopted).
 */
import { TwdwError } from '../../errors.ts'
import { foldTag } from '../tag.ts'

/** Longest rule that a self-serve account may have. Counted in UTF-16 units, which is never fewer than X counts. */
export const MAX_RULE_CHARS = 1024

/** What a person wants to listen to. Each hashtag, keyword and rule is a rule of its own; the rest narrows all of them. */
export interface ListenWords {
  /** as spelled, without sign (`parseHashtag` has accepted them) */
  hashtags: readonly string[]
  /** words or phrases that a tweet's text must hold */
  keywords: readonly string[]
  /** texts in X's own rule language */
  rules: readonly string[]
  /** languages as X writes them (`pt`, `zh-CN`); empty: any */
  langs: readonly string[]
  /** share of the matching tweets to be sent, 1 to 100 percent; undefined: all of them */
  samplePercent?: number
}

/** A rule that should exist. */
export interface WantedRule {
  /** the text in X's rule language; unique among the wanted */
  value: string
  /** `twdw:<lake>:<name>` */
  tag: string
  /** what it asks for, if that is hashtags and nothing else: one, or several of which any will do (a pack) */
  hashtags?: readonly RuleHashtag[]
}

/** A hashtag in a rule. */
export interface RuleHashtag {
  /** as it stands in the rule: `#covid19` */
  text: string
  /** folded: what the lake calls it */
  name: string
}

/** A rule as X lists it. */
export interface StandingRule {
  id: string
  value: string
  tag?: string | undefined
}

/** What has to be done so that exactly the wanted rules stand, and strangers' rules as before. */
export interface RulePlan {
  /** ours, and as they should be */
  keep: StandingRule[]
  /** somebody else's rule that asks for the same; it stays as it is */
  adopt: { standing: StandingRule; wanted: WantedRule }[]
  /** ours, and no longer wanted. To be removed before anything is added: a text can stand only once */
  remove: StandingRule[]
  add: WantedRule[]
}

/**
 * The rules that have to stand for these words, in the order of the words, no text twice.
 * @param lakeName from `lakeNameOf`
 * @throws TwdwError E_USAGE for words that X's rule language cannot say, and when nothing is wanted
 */
export function wantedRules(words: ListenWords, lakeName: string): WantedRule[] {
  const narrow = narrowing(words)
  const rules: { text: string; name: string; hashtags?: readonly RuleHashtag[] }[] = [
    ...words.hashtags.map(ruleHashtag).map(hashtag => ({ ...hashtag, hashtags: [hashtag] })),
    ...words.keywords.map(keyword => ({ text: keywordText(keyword), name: keywordText(keyword) })),
    ...words.rules.map(text => ({ text: ruleText(text, narrow !== ''), name: oneLine(text) })),
  ]
  if (rules.length === 0) {
    throw new TwdwError('E_USAGE', 'there is nothing to listen for: no hashtag, no --keyword and no --rule', {
      hint: 'name a hashtag, as in `twdw listen covid19`',
    })
  }
  const byValue = new Map<string, WantedRule>()
  for (const { text, name, hashtags } of rules) {
    const value = checkLength(`${text}${narrow}`)
    if (byValue.has(value)) continue
    byValue.set(value, { value, tag: ruleTag(lakeName, name), ...(hashtags !== undefined && { hashtags }) })
  }
  return [...byValue.values()]
}

function ruleHashtag(spelling: string): RuleHashtag {
  return { text: `#${lowerCase(spelling)}`, name: foldTag(spelling) }
}

/** Compares what should stand with what stands. `lakeName` says which standing rules are ours. */
export function planRules(
  wanted: readonly WantedRule[],
  standing: readonly StandingRule[],
  lakeName: string,
): RulePlan {
  const isOurs = isRuleOf(lakeName)
  const plan: RulePlan = { keep: [], adopt: [], remove: [], add: [] }
  for (const want of wanted) {
    const same = standing.filter(rule => rule.value === want.value)
    const kept = same.find(rule => rule.tag === want.tag)
    const adopted = same.find(rule => !isOurs(rule))
    if (kept !== undefined) plan.keep.push(kept)
    else if (adopted !== undefined) plan.adopt.push({ standing: adopted, wanted: want })
    else plan.add.push(want)
  }
  const keptIds = new Set(plan.keep.map(rule => rule.id))
  plan.remove = standing.filter(rule => isOurs(rule) && !keptIds.has(rule.id))
  return plan
}

/**
 * What a lake is called in the tags of its rules: the last name of its folder or bucket prefix.
 * Two lakes of one name on one app share their rules. @param url as the user named the lake, made absolute
 */
export function lakeNameOf(url: string): string {
  const [last = ''] = url
    .replace(/[/\\]+$/, '')
    .split(/[/\\]/)
    .slice(-1)
  // a colon would make the rules of lake `a:b` look like rules of lake `a`
  return last.replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-') || 'lake'
}

/** The tag of a rule of this lake. */
export function ruleTag(lakeName: string, name: string): string {
  return rulePrefix(lakeName) + name
}

/** What a rule is called in the lake: `covid19` for `twdw:<any lake>:covid19`; another program's tag as it is. */
export function ruleName(tag: string): string {
  return /^twdw:[^:]*:(.+)$/s.exec(tag)?.[1] ?? tag
}

/** With what the tags of this lake's rules begin, and no others. */
export function rulePrefix(lakeName: string): string {
  return `twdw:${lakeName}:`
}

/** Tells this lake's own rules from those of everybody else. */
export function isRuleOf(lakeName: string): (rule: Pick<StandingRule, 'tag'>) => boolean {
  const prefix = rulePrefix(lakeName)
  return rule => rule.tag?.startsWith(prefix) === true
}

/** X does not tell case apart, so one tag in two spellings is one rule; a letter whose small form is longer is left. */
function lowerCase(spelling: string): string {
  const lower = spelling.toLowerCase()
  return lower.length === spelling.length ? lower : spelling
}

/** A space is AND and binds tighter than OR, hence the parentheses. `lang:` and `sample:` never stand alone here. */
function narrowing(words: ListenWords): string {
  const langs = [...new Set(words.langs.map(parseLang))].map(lang => `lang:${lang}`)
  const lang = langs.length > 1 ? ` (${langs.join(' OR ')})` : langs.map(one => ` ${one}`).join('')
  const percent = words.samplePercent
  if (percent === undefined) return lang
  if (!Number.isInteger(percent) || percent < 1 || percent > 100) {
    throw new TwdwError('E_USAGE', `a sample of ${percent} percent is not possible`, {
      hint: 'name a whole number of percent from 1 to 100',
    })
  }
  return `${lang} sample:${percent}`
}

function parseLang(text: string): string {
  const [, language, region] = /^([a-z]{2,3})(?:-([a-z]{2}))?$/i.exec(text.trim()) ?? []
  if (language === undefined) {
    throw new TwdwError('E_USAGE', `not a language: "${text}"`, { hint: 'write languages as X does, such as pt,en' })
  }
  return language.toLowerCase() + (region === undefined ? '' : `-${region.toUpperCase()}`)
}

/** Always quoted: a bare `OR`, `-x` or `from:x` would be read as an operator. */
function keywordText(keyword: string): string {
  const text = oneLine(keyword)
  if (text === '' || text.includes('"')) {
    throw new TwdwError('E_USAGE', `not a keyword: ${text === '' ? 'it is empty' : `${text} holds a quotation mark`}`, {
      hint: 'write a word or a phrase without quotation marks; say anything else with --rule',
    })
  }
  return `"${text}"`
}

function ruleText(rule: string, isNarrowed: boolean): string {
  const text = oneLine(rule)
  if (text === '')
    throw new TwdwError('E_USAGE', 'a rule is empty', { hint: 'leave --rule out, or say what it asks for' })
  const fault = groupingFault(text)
  if (fault !== undefined) {
    throw new TwdwError('E_USAGE', `not a rule: ${text}: ${fault}`, {
      hint: "see X's page on building a rule for the filtered stream",
    })
  }
  return isNarrowed ? `(${text})` : text
}

/** Only what would change the meaning of what is put around the rule; everything else is X's to judge. */
function groupingFault(text: string): string | undefined {
  let depth = 0
  let quoted = false
  for (const character of text) {
    if (character === '"') quoted = !quoted
    else if (character === '(' && !quoted) depth++
    else if (character === ')' && !quoted) depth--
    if (depth < 0) return 'a parenthesis closes that was not opened'
  }
  if (quoted) return 'a quotation mark is not closed'
  return depth > 0 ? 'a parenthesis is not closed' : undefined
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
}

function checkLength(value: string): string {
  if (value.length <= MAX_RULE_CHARS) return value
  throw new TwdwError(
    'E_USAGE',
    `a rule may have ${MAX_RULE_CHARS} characters and this one has ${value.length}: ${value.slice(0, 60)}…`,
    { hint: 'split it into several --rule, or name fewer languages' },
  )
}
