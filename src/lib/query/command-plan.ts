/** What `twdw query` shall do: its flags, and what follows from them. */
import {
  type AnswerForm,
  CHARTS,
  FORMATS,
  formOfAnswer,
  isPicture,
  parseChart,
  parseFormat,
} from '../domain/answer/forms.ts'
import { refuseUnfitting } from '../domain/question/fitting.ts'
import {
  BY_COLUMNS,
  COMPARISONS,
  METRICS,
  ORDERS,
  PIVOT_COLUMNS,
  type Preset,
  parseAskedTag,
  parseBy,
  parsePivot,
} from '../domain/question/preset.ts'
import { TwdwError } from '../errors.ts'
import { COMMON_OPTIONS } from '../plans.ts'
import {
  flag,
  flagName,
  list,
  type Options,
  parseCount,
  parseText,
  readSettings,
  type SettingLayers,
  type Values,
  word,
  wordOr,
} from '../settings.ts'
import { ENGINE_OPTIONS, ENGINES, type EngineName, sparkRemoteOf } from './engine-words.ts'
import { refuseOtherQuestions, SQL_OPTIONS } from './sql-words.ts'
import { BATCH_ONLY, TWEET_FILTERS } from './tweet-filters.ts'
import { parseEvery, refuseUnwatchable } from './watch-words.ts'

const PRESET_OPTIONS = {
  tag: list(parseAskedTag, {
    describe: 'Hashtag, in any spelling; repeat it for a series each',
    completes: 'tags',
    group: 'What:',
  }),
  allTags: flag({ describe: 'Every hashtag, a series each', group: 'What:' }),
  by: list(parseBy, { describe: `One or more of ${BY_COLUMNS.join(', ')}`, completes: BY_COLUMNS, group: 'What:' }),
  metric: wordOr('tweets', parseMetric, { describe: 'What is counted', choices: METRICS, group: 'What:' }),
  cumulative: flag({ describe: 'Running totals along the hours, days, … of each series', group: 'What:' }),
  compare: word(parseComparison, {
    describe: 'Beside each count that of the span before, and the change; with --from and --to',
    choices: COMPARISONS,
    group: 'What:',
  }),
  ...TWEET_FILTERS,
  top: word(parseCount(1), {
    describe: 'Only the so many greatest: of the users, hashtags, … or, with none of them, of the hours, days, …',
    group: 'Which rows:',
  }),
  order: word(parseOrder, {
    describe: 'By the columns (key; default of series) or by the metric',
    choices: ORDERS,
    group: 'Which rows:',
  }),
  pivot: word(parsePivot, {
    describe: 'A column for each value of the last column of --by, or of the one that is named',
    completes: PIVOT_COLUMNS,
    alone: 'last',
    group: 'Which rows:',
  }),
} satisfies Options

export const QUERY_OPTIONS = {
  ...PRESET_OPTIONS,
  ...BATCH_ONLY,
  ...SQL_OPTIONS,
  explain: flag({ describe: 'Print the SQL of the question', group: 'SQL:' }),
  ddl: word(parseDialect, { describe: 'Print the views of the lake, as SQL', choices: ENGINES, group: 'SQL:' }),
  ...ENGINE_OPTIONS,
  format: word(parseFormat, {
    describe: `One of ${FORMATS.join(', ')}; default: table on a terminal, csv in a pipe, by its ending in a file`,
    completes: FORMATS,
    group: 'Form:',
  }),
  idsAsText: flag({
    describe: 'Ids as text: csv and tsv for spreadsheets, which round numbers, the others for whoever does',
    group: 'Form:',
  }),
  chart: word(parseChart, {
    describe: `Draw it, in as many cells as the terminal has: ${CHARTS.join(', ')}; auto (no word) is what fits`,
    completes: CHARTS,
    alone: 'auto',
    group: 'Form:',
  }),
  output: word(parseText, { describe: 'Write a file, whole or not at all', completes: 'files', group: 'Form:' }),
  watch: word(parseEvery, {
    describe: 'Ask again after so long, e.g. 5s, and redraw the table or chart until you stop it',
    group: 'Form:',
  }),
  ...COMMON_OPTIONS,
} satisfies Options

export type QueryCommandPlan = ReturnType<typeof queryPlan>

/**
 * @param stdout where the answer goes without a file
 * @throws TwdwError E_USAGE for words that do not go together
 */
export function queryPlan(layers: SettingLayers, stdout: { isTerminal: boolean }) {
  const plan = readSettings(QUERY_OPTIONS, layers)
  refuseMixtures(plan, layers.argv)
  const form = formOf(plan, stdout)
  if (plan.watch !== undefined) refuseUnwatchable({ ...plan, form }, stdout.isTerminal)
  return { ...plan, preset: presetOf(plan), form, sparkRemote: sparkRemoteOf(plan, layers) }
}

function formOf(plan: Values<typeof QUERY_OPTIONS>, stdout: { isTerminal: boolean }): AnswerForm {
  // what explains a question is SQL, and has none
  if (plan.explain || plan.ddl !== undefined) return 'table'
  return formOfAnswer({ ...plan, format: plan.format ?? (plan.chart && 'chart') }, stdout)
}

function refuseMixtures(plan: Values<typeof QUERY_OPTIONS>, argv: SettingLayers['argv']): void {
  refuseOtherQuestions(plan, argv, Object.keys(PRESET_OPTIONS).map(flagName))
  if (plan.allTags && plan.tag.length > 0) {
    throw new TwdwError('E_USAGE', '--all-tags are all tags, and --tag names some', { hint: 'give one or the other' })
  }
  if (plan.chart !== undefined && plan.format !== undefined && !isPicture(plan.format)) {
    throw new TwdwError('E_USAGE', `--chart is a form of its own, and --format asks for ${plan.format}`, {
      hint: 'give one or the other',
    })
  }
}

/** @throws TwdwError E_USAGE */
function presetOf(words: Values<typeof PRESET_OPTIONS>): Preset {
  const { allTags, metric, cumulative, compare, from, to, top, order, pivot } = words
  const preset = {
    tags: [...new Set(words.tag)],
    allTags,
    by: [...new Set(words.by)],
    metric,
    from,
    to,
    langs: words.lang,
    kinds: words.kind,
    users: words.user,
    top,
    order,
    cumulative,
    compare,
    pivot,
  }
  refuseUnfitting(preset)
  return preset
}

// settings has checked these words against their choices
function parseMetric(text: string) {
  return text as (typeof METRICS)[number]
}

function parseOrder(text: string) {
  return text as (typeof ORDERS)[number]
}

function parseComparison(text: string) {
  return text as (typeof COMPARISONS)[number]
}

function parseDialect(text: string) {
  return text as EngineName
}
