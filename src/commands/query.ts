/** `twdw query`: questions about the lake, by presets or by SQL, as a table, a chart or text for programs. */
import { resolve } from 'node:path'
import type { CommandModule } from 'yargs'
import { FORMATS, formatOfFile } from '../lib/domain/answer/forms.ts'
import { refuseUnfitting } from '../lib/domain/question/fitting.ts'
import {
  BY_COLUMNS,
  COMPARISONS,
  METRICS,
  ORDERS,
  type Preset,
  parseAskedTag,
  parseBy,
  parsePivot,
} from '../lib/domain/question/preset.ts'
import { TwdwError } from '../lib/errors.ts'
import { type CommonPorts, isColored, openAnswerPorts, openCommonPorts } from '../lib/io/ports.ts'
import { readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import { COMMON_OPTIONS } from '../lib/plans.ts'
import type { QueryPorts } from '../lib/query/query.ts'
import { BATCH_ONLY, TWEET_FILTERS } from '../lib/query/tweet-filters.ts'
import { parseEvery, refuseUnwatchable } from '../lib/query/watch-words.ts'
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
  yargsOptions,
} from '../lib/settings.ts'

const PRESET_OPTIONS = {
  tag: list(parseAskedTag, { describe: 'Hashtag, in any spelling; repeat it for a series each', group: 'What:' }),
  allTags: flag({ describe: 'Every hashtag, a series each', group: 'What:' }),
  by: list(parseBy, { describe: `One or more of ${BY_COLUMNS.join(', ')}`, group: 'What:' }),
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
    bare: true,
    group: 'Which rows:',
  }),
} satisfies Options

export const QUERY_OPTIONS = {
  ...PRESET_OPTIONS,
  ...BATCH_ONLY,
  sql: word(parseText, { describe: 'SQL over the views, instead of all of the above', group: 'SQL:' }),
  explain: flag({ describe: 'Print the SQL of the question', group: 'SQL:' }),
  ddl: word(parseDialect, { describe: 'Print the views of the lake, as SQL', choices: ['duckdb'], group: 'SQL:' }),
  format: word(parseFormat, {
    describe: 'Default: table on a terminal, csv in a pipe, by its ending in a file',
    choices: FORMATS,
    group: 'Form:',
  }),
  chart: flag({ describe: 'Draw it, in as many cells as the terminal has', group: 'Form:' }),
  output: word(parseText, { describe: 'Write a file, whole or not at all', group: 'Form:' }),
  watch: word(parseEvery, {
    describe: 'Ask again after so long, e.g. 5s, and redraw the table or chart until you stop it',
    group: 'Form:',
  }),
  ...COMMON_OPTIONS,
} satisfies Options

/** Width of a chart that no terminal shows. */
const DEFAULT_WIDTH = 80

export function queryCommand(street: Street): CommandModule {
  return {
    command: 'query',
    describe: 'Answer a question about the tweets of the lake',
    builder: yargs =>
      yargs
        .options(yargsOptions(QUERY_OPTIONS))
        .example('$0 query --tag covid19 --by day --chart', 'tweets a day, drawn')
        .example(
          '$0 query --tag covid19 --tag vacina --by hour --from 2024-01-01 --to 2024-01-08',
          'a week, two series',
        )
        .example('$0 query --tag covid19 --by user --metric tweets --top 20', 'who writes most')
        .example('$0 query --tag covid19 --by hashtag --top 20', 'what else stands in the same tweets')
        .example(
          '$0 query --tag covid19 --by day,kind --pivot --from 2024-01-01 --to 2024-02-01',
          'a row a day, a column a kind',
        )
        .example(
          '$0 query --tag covid19 --by lang --from 2024-02-01 --to 2024-03-01 --compare previous',
          'against the month before',
        )
        .example('$0 query --tag covid19 --by hour --top 12 --watch 5s', 'as it grows')
        .example('$0 query --sql "SELECT lang, COUNT(*) FROM fact_tweet GROUP BY lang"', 'any question')
        .epilogue(
          'Exit status: 0 done, or a --watch was stopped · 2 usage · 5 lake unreachable or damaged · 130 interrupted',
        ),
    async handler(argv) {
      const files = await readSettingsFiles(street)
      const plan = queryPlan({ argv, env: street.env, files, command: 'query' }, street)
      const ports = openCommonPorts(plan, street, 'twdw query')
      if (plan.watch !== undefined) return watchAnswers(plan, plan.watch, ports, street)
      const { printPieces, writeAnswer } = await import('../lib/io/print.ts')
      const queryPorts = await openQueryPorts(ports, street)
      const pieces = await answer(plan, queryPorts, street).finally(() => ports.log.close())
      if (plan.output === undefined) await printPieces(street.stdout, pieces)
      else await writeAnswer(resolve(street.cwd, plan.output), pieces)
    },
  }
}

type QueryCommandPlan = ReturnType<typeof queryPlan>

/** @throws TwdwError E_USAGE for words that do not go together */
function queryPlan(layers: SettingLayers, street: Pick<Street, 'stdout'>) {
  const plan = readSettings(QUERY_OPTIONS, layers)
  refuseMixtures(plan, layers.argv)
  refuseForms(plan)
  const ofFile = plan.output === undefined ? undefined : formatOfFile(plan.output)
  const ofStdout = plan.json ? 'ndjson' : street.stdout.isTerminal ? 'table' : 'csv'
  const form = plan.format ?? ofFile ?? ofStdout
  if (plan.watch !== undefined)
    refuseUnwatchable({ ...plan, form: plan.chart ? 'table' : form }, street.stdout.isTerminal)
  return { ...plan, preset: presetOf(plan), form }
}

function refuseMixtures(plan: Values<typeof QUERY_OPTIONS>, argv: SettingLayers['argv']): void {
  const alone = plan.sql !== undefined ? 'sql' : plan.ddl !== undefined ? 'ddl' : undefined
  const narrowing = [...Object.keys(PRESET_OPTIONS).map(flagName), 'explain', ...(alone === 'sql' ? ['ddl'] : [])]
  const given = narrowing.filter(flag => argv[flag] !== undefined)
  if (alone !== undefined && given.length > 0) {
    throw new TwdwError('E_USAGE', `--${alone} stands alone, and --${given.join(', --')} cannot be added to it`, {
      hint: alone === 'sql' ? 'write it into the SQL' : 'leave it out',
    })
  }
  if (plan.allTags && plan.tag.length > 0) {
    throw new TwdwError('E_USAGE', '--all-tags are all tags, and --tag names some', { hint: 'give one or the other' })
  }
}

function refuseForms(plan: Values<typeof QUERY_OPTIONS>): void {
  if (plan.chart && plan.format !== undefined) {
    throw new TwdwError('E_USAGE', `--chart is a form of its own, and --format asks for ${plan.format}`, {
      hint: 'give one or the other',
    })
  }
  const laidOut = plan.pivot !== undefined ? 'pivot' : plan.compare !== undefined ? 'compare' : undefined
  if (plan.chart && laidOut !== undefined) {
    throw new TwdwError('E_USAGE', `--chart draws one column of counts, and --${laidOut} makes several`, {
      hint: 'leave one of them out; a chart draws every value of a column as a series anyway',
    })
  }
}

/** @throws TwdwError E_USAGE */
function presetOf({ tag, by, lang: langs, kind: kinds, user: users, ...rest }: Values<typeof PRESET_OPTIONS>): Preset {
  const preset = { ...rest, tags: [...new Set(tag)], by: [...new Set(by)], langs, kinds, users }
  refuseUnfitting(preset)
  return preset
}

async function answer(plan: QueryCommandPlan, ports: QueryPorts, street: Street): Promise<Iterable<string>> {
  const [{ query, explainPreset, viewsDdl }, { renderAnswer }] = await Promise.all([
    import('../lib/query/query.ts'),
    import('../lib/domain/answer/rendering.ts'),
  ])
  if (plan.ddl !== undefined) return [await viewsDdl(plan.ddl, ports)]
  if (plan.explain) return [await explainPreset(plan.preset, ports)]
  const question = plan.sql === undefined ? { preset: plan.preset } : { sql: plan.sql }
  const { table, facts } = await query({ question, batchOnly: plan.batchOnly }, ports, street.stopSignal)
  const isOnTerminal = plan.output === undefined && street.stdout.isTerminal
  const { pieces, asides } = renderAnswer(table, facts, {
    form: plan.chart ? 'chart' : plan.form,
    preset: plan.sql === undefined ? plan.preset : undefined,
    width: isOnTerminal ? street.stdout.columns : plan.chart ? DEFAULT_WIDTH : undefined,
    isColored: isOnTerminal && isColored(street),
  })
  for (const aside of asides) ports.log.info(aside)
  return pieces
}

/** What would be told beside the answer would stand in its way; warnings stand below it. */
async function watchAnswers(plan: QueryCommandPlan, everyMs: number, common: CommonPorts, street: Street) {
  let warnings: string[] = []
  const warn = (sentence: string) => void warnings.push(`warning: ${sentence}\n`)
  const log = { ...common.log, progress: () => undefined, info: () => undefined, debug: () => undefined, warn }
  const [ports, { watch }] = await Promise.all([
    openQueryPorts({ ...common, log }, street),
    import('../lib/query/watch.ts'),
  ])
  const ask = async () => {
    warnings = []
    const pieces = await answer(plan, ports, street)
    return [...pieces, ...warnings].join('')
  }
  await watch(everyMs, ask, { clock: common.clock, screen: street.stdout }, street.stopSignal)
}

async function openQueryPorts(common: CommonPorts, street: Street): Promise<QueryPorts> {
  const [ports, { readLiveSegments }] = await Promise.all([
    openAnswerPorts(common, street),
    import('../lib/listen/live.ts'),
  ])
  return { ...ports, liveSegments: () => readLiveSegments(ports.journal) }
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

function parseFormat(text: string) {
  return text as (typeof FORMATS)[number]
}

function parseDialect(text: string) {
  return text as 'duckdb'
}
