/** What a run of `twdw listen` shall do: its flags, and what follows from them. */
import { foldTag, parseHashtag } from '../domain/tag.ts'
import type { ListenWords } from '../domain/x/rules.ts'
import { TwdwError } from '../errors.ts'
import {
  COMMON_OPTIONS,
  capsOf,
  fillOf,
  fillOptions,
  originOption,
  parseInstant,
  refuseContradictions,
  rulesOptions,
  spendOptions,
  timeZoneOption,
} from '../plans.ts'
import {
  flag,
  list,
  type Options,
  parseCount,
  parseDuration,
  parsePositive,
  parseText,
  readSettings,
  type SettingLayers,
  word,
  wordOr,
} from '../settings.ts'

export const LISTEN_OPTIONS = {
  tags: list(parseHashtag, { describe: 'Hashtags, with or without #', completes: 'tags', positional: true }),
  source: wordOr('x', parseText, { describe: 'Where tweets come from', choices: ['x', 'replay', 'demo'] }),
  for: word(parseDuration, { describe: 'Stop after this long, e.g. 10m' }),
  maxTweets: word(parseCount(1), {
    describe: 'Stop when so many tweets were captured in this run (source x: status 7)',
  }),
  sealAfter: wordOr('60s', parseDuration, {
    describe: 'Tweets go from the journal into the lake at least this often; each time makes a file an hour',
  }),
  timeZone: timeZoneOption(),

  ...rulesOptions('Source x:'),
  ...spendOptions('Source x:'),
  ...fillOptions('Source x:'),
  waitNextDay: flag({
    describe: 'At --max-usd-per-day rest until the next UTC day, connected to nothing, instead of ending',
    group: 'Source x:',
  }),
  estimate: flag({
    describe: "Do not listen: say what it would cost, by X's counts of the last 7 days ($0.005 a rule)",
    group: 'Source x:',
  }),
  dryRun: flag({
    describe: 'Do not listen: have X judge the rules, and say what would change',
    group: 'Source x:',
  }),
  origin: originOption('Source x:'),

  from: list(parseText, {
    describe: 'Files to read, .gz and .zst too; - is stdin',
    completes: 'files',
    verbatim: true,
    several: true,
    group: 'Source replay:',
  }),

  rate: wordOr('50', parsePositive, { describe: 'Tweets a second, on average', group: 'Source demo:' }),
  seed: wordOr('1', parseCount(0), { describe: 'The same seed and start make the same tweets', group: 'Source demo:' }),
  start: word(parseInstant, {
    describe: 'When the tweets begin to be made, e.g. 2024-01-01T00:00Z (default: now)',
    group: 'Source demo:',
  }),
  speed: wordOr('1', parsePositive, {
    describe: 'Seconds of tweet time that pass in one second',
    group: 'Source demo:',
  }),
  ...COMMON_OPTIONS,
} satisfies Options

export type ListenCommandPlan = ReturnType<typeof readListenPlan>

/** @throws TwdwError E_USAGE for words that do not go together */
export function readListenPlan(layers: SettingLayers) {
  const plan = readSettings(LISTEN_OPTIONS, layers)
  const given = {
    keyword: plan.keyword.length > 0,
    lang: plan.lang.length > 0,
    rule: plan.rule.length > 0,
    sample: plan.sample !== undefined,
    foreign: plan.foreign,
    lean: plan.lean,
    'wait-next-day': plan.waitNextDay,
    backfill: plan.backfill !== undefined,
    'no-fill': plan.noFill,
    estimate: plan.estimate,
    'dry-run': plan.dryRun,
  }
  const misplaced = Object.entries(given).flatMap(([key, isGiven]) => (isGiven && plan.source !== 'x' ? [key] : []))
  if (misplaced.length > 0) {
    throw new TwdwError(
      'E_USAGE',
      `--${misplaced.join(' and --')}: that is for --source x, and --source is ${plan.source}`,
      {
        hint: 'leave them out; `twdw query` filters what is stored',
      },
    )
  }
  if (plan.estimate && plan.dryRun) {
    throw new TwdwError('E_USAGE', '--estimate and --dry-run ask two things', { hint: 'give one of them' })
  }
  if (plan.from.length > 0 !== (plan.source === 'replay')) {
    throw new TwdwError(
      'E_USAGE',
      `--source ${plan.source} and ${plan.from.length} files in --from do not go together`,
      {
        hint: 'write --source replay --from FILE…',
      },
    )
  }
  refuseContradictions(plan)
  const capture = {
    source: SOURCE_NAME[plan.source as keyof typeof SOURCE_NAME],
    tags: [...new Set(plan.tags.map(foldTag))],
    forMs: plan.for,
    maxTweets: plan.maxTweets,
    sealAfterMs: plan.sealAfter,
    timeZone: plan.timeZone,
    caps: plan.source === 'x' ? capsOf(plan.maxUsd, plan.maxUsdPerDay) : undefined,
    waitNextDay: plan.waitNextDay,
    ...fillOf(plan),
  }
  return { ...plan, capture }
}

/** What layer1 calls a source. */
const SOURCE_NAME = { x: 'stream', replay: 'replay', demo: 'demo' } as const

export function wordsOf(plan: ListenCommandPlan): ListenWords {
  return { hashtags: plan.tags, keywords: plan.keyword, rules: plan.rule, langs: plan.lang }
}

export function sampledWordsOf(plan: ListenCommandPlan): ListenWords {
  return { ...wordsOf(plan), ...(plan.sample !== undefined && { samplePercent: plan.sample }) }
}
