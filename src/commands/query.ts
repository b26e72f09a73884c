/** `twdw query`: questions about the lake, by presets or by SQL, as a table, a chart or text for programs. */
import { resolve } from 'node:path'
import type { Table } from 'apache-arrow'
import type { CommandModule } from 'yargs'
import {
  type AnswerFormat,
  arrowLayout,
  type BinaryFormat,
  FORMATS,
  formOfAnswer,
  isBinary,
} from '../lib/domain/answer/forms.ts'
import { BY_COLUMNS, METRICS, ORDERS, type Preset, parseAskedTag, parseBy } from '../lib/domain/question/preset.ts'
import { TwdwError } from '../lib/errors.ts'
import type { LineEditorPlan } from '../lib/io/line-editor.ts'
import { type CommonPorts, isColored, openAnswerPorts, openCommonPorts } from '../lib/io/ports.ts'
import type { Pieces } from '../lib/io/print.ts'
import { readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import { readLakeSettings } from '../lib/lake-door.ts'
import { COMMON_OPTIONS } from '../lib/plans.ts'
import type { Answer, QueryPorts } from '../lib/query/query.ts'
import type { ShellForm } from '../lib/query/shell.ts'
import { refuseOtherQuestions, SQL_OPTIONS } from '../lib/query/sql-words.ts'
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
  tag: list(parseAskedTag, {
    describe: 'Hashtag, in any spelling; repeat it for a series each',
    completes: 'tags',
    group: 'What:',
  }),
  allTags: flag({ describe: 'Every hashtag, a series each', group: 'What:' }),
  by: list(parseBy, { describe: `One or more of ${BY_COLUMNS.join(', ')}`, completes: BY_COLUMNS, group: 'What:' }),
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
  ...SQL_OPTIONS,
  explain: flag({ describe: 'Print the SQL of the question', group: 'SQL:' }),
  ddl: word(parseDialect, { describe: 'Print the views of the lake, as SQL', choices: ['duckdb'], group: 'SQL:' }),
  format: word(parseFormat, {
    describe: 'Default: table on a terminal, csv in a pipe, by its ending in a file',
    choices: FORMATS,
    group: 'Form:',
  }),
  idsAsText: flag({
    describe: 'Ids as text: csv and tsv for spreadsheets, which round numbers, the others for whoever does',
    group: 'Form:',
  }),
  chart: flag({ describe: 'Draw it, in as many cells as the terminal has', group: 'Form:' }),
  output: word(parseText, { describe: 'Write a file, whole or not at all', completes: 'files', group: 'Form:' }),
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
        .example('$0 query --sql-file answers.sql', 'from a file, one statement after the other')
        .example('$0 query -i', 'a shell for SQL')
        .epilogue('Exit status: 0 done · 2 usage · 5 lake unreachable or damaged · 130 interrupted'),
    async handler(argv) {
      const files = await readSettingsFiles(street)
      const plan = queryPlan({ argv, env: street.env, files, command: 'query' }, street)
      const ports = openCommonPorts(plan, street, 'twdw query')
      if (plan.interactive) return converse(plan, ports, street).finally(() => ports.log.close())
      const { printPieces, untilStopped, writeAnswer } = await import('../lib/io/print.ts')
      const made = await answer(plan, ports, street).finally(() => ports.log.close())
      const pieces = untilStopped(made, street.stopSignal)
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
  // a chart is its own form, and SQL has none
  const form: AnswerFormat | 'chart' = plan.chart
    ? 'chart'
    : plan.explain || plan.ddl !== undefined
      ? 'table'
      : formOfAnswer(plan, street.stdout)
  return { ...plan, preset: presetOf(plan), form, isSql: isSql(plan) }
}

function refuseMixtures(plan: Values<typeof QUERY_OPTIONS>, argv: SettingLayers['argv']): void {
  refuseOtherQuestions(plan, argv, Object.keys(PRESET_OPTIONS).map(flagName))
  if (plan.allTags && plan.tag.length > 0) {
    throw new TwdwError('E_USAGE', '--all-tags are all tags, and --tag names some', { hint: 'give one or the other' })
  }
  if (plan.chart && plan.format !== undefined) {
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

async function answer(plan: QueryCommandPlan, common: CommonPorts, street: Street): Promise<Pieces> {
  const [{ query, querySql, explainPreset, viewsDdl }, ports] = await Promise.all([
    import('../lib/query/query.ts'),
    openQueryPorts(common, street),
  ])
  if (plan.ddl !== undefined) return [await viewsDdl(plan.ddl, ports)]
  if (plan.explain) return [await explainPreset(plan.preset, ports)]
  const { batchOnly, allowFiles: readsAllFiles } = plan
  const answers = plan.isSql
    ? await querySql({ sql: await readSql(plan, street), batchOnly, readsAllFiles }, ports, street.stopSignal)
    : [await query({ question: { preset: plan.preset }, batchOnly }, ports, street.stopSignal)]
  return render(answers, plan.form, plan, common, street)
}

/** The SQL of the command line, of a file, or of stdin. */
async function readSql({ sql, sqlFile = '-' }: QueryCommandPlan, street: Street): Promise<string> {
  if (sql !== undefined && sql !== '-') return sql
  const { readTextLines } = await import('../lib/io/text-lines.ts')
  const lines = readTextLines(sqlFile === '-' ? '-' : resolve(street.cwd, sqlFile), street.stdin)
  return (await Array.fromAsync(lines)).join('\n')
}

async function render(
  answers: readonly Answer[],
  form: ShellForm,
  plan: Pick<QueryCommandPlan, 'output' | 'isSql' | 'preset' | 'idsAsText'>,
  common: CommonPorts,
  street: Street,
): Promise<Pieces> {
  const { onlyAnswer, renderAnswers } = await import('../lib/domain/answer/several-answers.ts')
  if (isBinary(form)) {
    const { table, facts } = onlyAnswer(answers, form)
    const { answerAsides } = await import('../lib/domain/answer/rendering.ts')
    for (const aside of answerAsides(facts)) common.log.info(aside)
    return answerBytes(table, { ...plan, form })
  }
  const isOnTerminal = plan.output === undefined && street.stdout.isTerminal
  const { pieces, asides } = renderAnswers(answers, {
    form,
    preset: plan.isSql ? undefined : plan.preset,
    width: isOnTerminal ? street.stdout.columns : form === 'chart' ? DEFAULT_WIDTH : undefined,
    isColored: isOnTerminal && isColored(street),
    isTerminal: isOnTerminal,
    idsAsText: plan.idsAsText,
  })
  for (const aside of asides) common.log.info(aside)
  return pieces
}

/** Entries of the history that are kept. */
const HISTORY_SIZE = 2_000

/** The shell, on a terminal, or over a script in stdin. */
async function converse(plan: QueryCommandPlan, common: CommonPorts, street: Street): Promise<void> {
  const [{ querySql }, { runShell }, { keepEngine }, { openSuggestions }, { printPieces, writeAnswer }, ports] =
    await Promise.all([
      import('../lib/query/query.ts'),
      import('../lib/query/shell.ts'),
      import('../lib/query/kept-engine.ts'),
      import('../lib/query/suggestions.ts'),
      import('../lib/io/print.ts'),
      openQueryPorts(common, street),
    ])
  const { batchOnly, allowFiles: readsAllFiles } = plan
  const { timeZone } = await readLakeSettings(common.lake)
  const kept = await keepEngine(ports)
  const suggestions = openSuggestions(ports, batchOnly)
  const lines = await openLines(suggestions.complete, common, street)
  if (lines.isTyped) common.log.info(`the lake ${common.lake.url}, ${timeZone}; .help tells what the shell knows`)
  try {
    await runShell(
      { form: plan.form, isFormChosen: plan.chart || plan.format !== undefined },
      {
        ...common,
        lines,
        stopSignal: street.stopSignal,
        ask: (sql, before, signal) => querySql({ sql, batchOnly, readsAllFiles, before }, kept.ports, signal),
        async show(answers, { form, file }, signal) {
          const pieces = await render(answers, form, { ...plan, output: file, isSql: true }, common, street)
          if (file === undefined) return printPieces(street.stdout, pieces, signal)
          await writeAnswer(resolve(street.cwd, file), pieces)
          return true
        },
        print: text => street.stdout.write(text),
        async complain({ message, hint }) {
          await street.stderr.write(`${message}\n${hint === undefined ? '' : `  try: ${hint}\n`}`)
        },
        learn: suggestions.learn,
      },
    )
  } finally {
    lines.close()
    await suggestions.close()
    await kept.close()
  }
}

/** What a person types, with the history of before; where there is no terminal, the lines of stdin. */
async function openLines(complete: LineEditorPlan['complete'], common: CommonPorts, street: Street) {
  const [{ openLineEditor, openScript }, { openHistory, historyPath }, { readTextLines }] = await Promise.all([
    import('../lib/io/line-editor.ts'),
    import('../lib/io/history-file.ts'),
    import('../lib/io/text-lines.ts'),
  ])
  const { terminal, stopSignal } = street
  if (terminal === undefined) return openScript(readTextLines('-', street.stdin), stopSignal)
  const path = historyPath(street.env)
  const file = path === undefined ? undefined : await openHistory(path, { most: HISTORY_SIZE, warn: common.log.warn })
  return openLineEditor(terminal, {
    history: file?.entries ?? [],
    historySize: HISTORY_SIZE,
    onRemember: typed => void file?.add(typed),
    complete,
    stopSignal,
  })
}

/** True when SQL is asked, once; a shell asks by itself. */
function isSql({ sql, sqlFile }: Pick<Values<typeof QUERY_OPTIONS>, 'sql' | 'sqlFile'>): boolean {
  return sql !== undefined || sqlFile !== undefined
}

async function answerBytes(
  table: Table,
  { form, output, idsAsText }: { form: BinaryFormat; output: string | undefined; idsAsText: boolean },
): Promise<Pieces> {
  const [{ tableToBytes }, { idsToTexts }] = await Promise.all([
    import('../lib/io/table-bytes.ts'),
    import('../lib/domain/answer/ids-as-text.ts'),
  ])
  return tableToBytes(
    idsAsText ? idsToTexts(table).table : table,
    form === 'parquet' ? form : `arrow-${arrowLayout(output)}`,
  )
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

function parseFormat(text: string) {
  return text as (typeof FORMATS)[number]
}

function parseDialect(text: string) {
  return text as 'duckdb'
}
