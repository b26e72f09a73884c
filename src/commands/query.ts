/** `twdw query`: questions about the lake, by presets or by SQL, as a table, a chart or text for programs. */
import { resolve } from 'node:path'
import type { CommandModule } from 'yargs'
import { CHARTS, FORMATS, formatOfFile, isPictureFormat, parseChart, parseFormat } from '../lib/domain/answer/forms.ts'
import { BY_COLUMNS, METRICS, ORDERS, type Preset, parseAskedTag, parseBy } from '../lib/domain/question/preset.ts'
import { TwdwError } from '../lib/errors.ts'
import { type CommonPorts, colorsOf, openAnswerPorts, openCommonPorts } from '../lib/io/ports.ts'
import { readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import { COMMON_OPTIONS } from '../lib/plans.ts'
import type { PicturedPlan } from '../lib/query/pictured.ts'
import type { Answer, QueryPorts } from '../lib/query/query.ts'
import { BATCH_ONLY, TWEET_FILTERS } from '../lib/query/tweet-filters.ts'
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
} satisfies Options

export const QUERY_OPTIONS = {
  ...PRESET_OPTIONS,
  ...BATCH_ONLY,
  sql: word(parseText, { describe: 'SQL over the views, instead of all of the above', group: 'SQL:' }),
  explain: flag({ describe: 'Print the SQL of the question', group: 'SQL:' }),
  ddl: word(parseDialect, { describe: 'Print the views of the lake, as SQL', choices: ['duckdb'], group: 'SQL:' }),
  format: word(parseFormat, {
    describe: `One of ${FORMATS.join(', ')}; default: table on a terminal, csv in a pipe, by its ending in a file`,
    group: 'Form:',
  }),
  chart: word(parseChart, {
    describe: `Draw it, in as many cells as the terminal has: ${CHARTS.join(', ')}; auto (no word) is what fits`,
    alone: 'auto',
    group: 'Form:',
  }),
  output: word(parseText, { describe: 'Write a file, whole or not at all', group: 'Form:' }),
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
        .example('$0 query --sql "SELECT lang, COUNT(*) FROM fact_tweet GROUP BY lang"', 'any question')
        .epilogue('Exit status: 0 done · 2 usage · 5 lake unreachable or damaged · 130 interrupted'),
    async handler(argv) {
      const files = await readSettingsFiles(street)
      const plan = queryPlan({ argv, env: street.env, files, command: 'query' }, street)
      const ports = openCommonPorts(plan, street, 'twdw query')
      const { printPieces, writeAnswer } = await import('../lib/io/print.ts')
      const pieces = await answer(plan, ports, street).finally(() => ports.log.close())
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
  const ofFile = plan.output === undefined ? undefined : formatOfFile(plan.output)
  const ofStdout = plan.json ? 'ndjson' : street.stdout.isTerminal ? 'table' : 'csv'
  const form = plan.format ?? ofFile ?? ofStdout
  if (isPictureFormat(form) && plan.output === undefined && street.stdout.isTerminal) {
    throw new TwdwError('E_USAGE', `${form} is nothing for a terminal to show`, {
      hint: `write it to a file: --output answer.${form}`,
    })
  }
  const isDrawnHere = plan.chart !== undefined && !isPictureFormat(form)
  return { ...plan, preset: presetOf(plan), form: isDrawnHere ? ('chart' as const) : form }
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
  if (plan.chart !== undefined && plan.format !== undefined && !isPictureFormat(plan.format)) {
    throw new TwdwError('E_USAGE', `--chart is a form of its own, and --format asks for ${plan.format}`, {
      hint: 'give one or the other',
    })
  }
}

function presetOf({ tag, allTags, by, metric, from, to, lang, kind, user, top, order }: Values<typeof PRESET_OPTIONS>) {
  return {
    tags: [...new Set(tag)],
    allTags,
    by: [...new Set(by)],
    metric,
    from,
    to,
    langs: lang,
    kinds: kind,
    users: user,
    top,
    order,
  } satisfies Preset
}

async function answer(plan: QueryCommandPlan, common: CommonPorts, street: Street): Promise<Iterable<string>> {
  const [{ query, explainPreset, viewsDdl }, { renderAnswer }, ports] = await Promise.all([
    import('../lib/query/query.ts'),
    import('../lib/domain/answer/rendering.ts'),
    openQueryPorts(common, street),
  ])
  if (plan.ddl !== undefined) return [await viewsDdl(plan.ddl, ports)]
  if (plan.explain) return [await explainPreset(plan.preset, ports)]
  const question = plan.sql === undefined ? { preset: plan.preset } : { sql: plan.sql }
  const found = await query({ question, batchOnly: plan.batchOnly }, ports, street.stopSignal)
  const { pieces, asides } = isPictureFormat(plan.form)
    ? await drawPicture(found, { ...plan, form: plan.form, question }, common, street)
    : renderAnswer(found.table, found.facts, { ...plan, ...textForm(plan, street), form: plan.form })
  for (const aside of asides) common.log.info(aside)
  return pieces
}

function textForm({ output, form, sql, preset }: QueryCommandPlan, street: Street) {
  const isOnTerminal = output === undefined && street.stdout.isTerminal
  return {
    preset: sql === undefined ? preset : undefined,
    width: isOnTerminal ? street.stdout.columns : form === 'chart' ? DEFAULT_WIDTH : undefined,
    colors: isOnTerminal ? colorsOf(street) : 'none',
  }
}

async function drawPicture(
  found: Answer,
  plan: Pick<PicturedPlan, 'form' | 'chart' | 'question'>,
  { lake, clock }: CommonPorts,
  street: Street,
) {
  const [{ renderPictured }, { charts }] = await Promise.all([
    import('../lib/query/pictured.ts'),
    import('../lib/io/charts.ts'),
  ])
  const { form, chart, question } = plan
  const about = { form, chart, question, lake: lake.url, version: street.version, madeAtMs: clock.nowMs() }
  return renderPictured(found, about, charts)
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

function parseDialect(text: string) {
  return text as 'duckdb'
}
