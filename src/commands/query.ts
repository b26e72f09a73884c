/** `twdw query`: questions about the lake, by presets or by SQL, as a table, a chart or text for programs. */
import { resolve } from 'node:path'
import type { CommandModule } from 'yargs'
import {
  type AnswerForm,
  arrowLayout,
  type BinaryFormat,
  isBinary,
  isPicture,
  type PictureFormat,
} from '../lib/domain/answer/forms.ts'
import type { LineEditorPlan } from '../lib/io/line-editor.ts'
import { type CommonPorts, colorsOf, openAnswerPorts, openCommonPorts, openSparkPorts } from '../lib/io/ports.ts'
import type { Pieces } from '../lib/io/print.ts'
import { readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import { readLakeSettings } from '../lib/lake-door.ts'
import { QUERY_OPTIONS, type QueryCommandPlan, queryPlan } from '../lib/query/command-plan.ts'
import type { PicturedPlan } from '../lib/query/pictured.ts'
import type { Answer } from '../lib/query/query.ts'
import type { QueryPorts } from '../lib/query/sql-session.ts'
import { yargsOptions } from '../lib/settings.ts'

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
        .example('$0 query --sql-file answers.sql', 'from a file, one statement after the other')
        .example('$0 query -i', 'a shell for SQL')
        .example('$0 query --tag covid19 --by day --engine spark --remote sc://spark:15002', 'answered by your Spark')
        .epilogue(
          'Exit status: 0 done, or a --watch was stopped · 2 usage · 3 refused by S3 or Spark · 5 lake unreachable or damaged · 130 interrupted',
        ),
    async handler(argv) {
      const files = await readSettingsFiles(street)
      const plan = queryPlan({ argv, env: street.env, files, command: 'query' }, street.stdout)
      const common = openCommonPorts(plan, street, 'twdw query')
      if (plan.watch !== undefined) return watchAnswers(plan, plan.watch, common, street)
      const ports = await openQueryPorts(plan, common, street)
      if (plan.interactive) return converse(plan, ports, street).finally(() => ports.log.close())
      const { printPieces, untilStopped, writeAnswer } = await import('../lib/io/print.ts')
      const sql = await readSql(plan, street)
      const made = await answer(plan, sql, ports, street).finally(() => ports.log.close())
      const pieces = untilStopped(made, street.stopSignal)
      if (plan.output === undefined) await printPieces(street.stdout, pieces)
      else await writeAnswer(resolve(street.cwd, plan.output), pieces, ports.lake.url)
    },
  }
}

/** @param sql undefined: the preset is asked */
async function answer(plan: QueryCommandPlan, sql: string | undefined, ports: Ports, street: Street): Promise<Pieces> {
  const { query, querySql, explainPreset, viewsDdl } = await import('../lib/query/query.ts')
  const { preset, batchOnly, allowFiles: readsAllFiles } = plan
  if (plan.ddl !== undefined) return [await viewsDdl(plan.ddl, { ...ports, lake: await lakeFor(plan.ddl, ports) })]
  if (plan.explain) return [await explainPreset(preset, ports)]
  const answers =
    sql === undefined
      ? [await query({ question: { preset }, batchOnly }, ports, street.stopSignal)]
      : await querySql({ sql, batchOnly, readsAllFiles }, ports, street.stopSignal)
  return render(answers, { ...plan, question: sql === undefined ? { preset } : { sql, readsAllFiles } }, ports, street)
}

/** The lake with addresses as the engine opens them. */
async function lakeFor(engine: NonNullable<QueryCommandPlan['ddl']>, { lake }: Pick<Ports, 'lake'>) {
  if (engine !== 'spark') return lake
  const { lakeForSpark } = await import('../lib/io/spark/lake.ts')
  return lakeForSpark(lake)
}

/** The SQL of the command line, of a file, or of stdin; undefined where none is asked. */
async function readSql({ sql, sqlFile }: QueryCommandPlan, street: Street): Promise<string | undefined> {
  if (sql !== undefined && sql !== '-') return sql
  const path = sqlFile ?? sql
  if (path === undefined) return undefined
  const { readTextLines } = await import('../lib/io/text-lines.ts')
  const lines = readTextLines(path === '-' ? '-' : resolve(street.cwd, path), street.stdin)
  return (await Array.fromAsync(lines)).join('\n')
}

/** How answers are to leave. */
interface Target extends Pick<QueryCommandPlan, 'chart' | 'idsAsText' | 'output'> {
  form: AnswerForm
  question: PicturedPlan['question']
}

async function render(answers: readonly Answer[], target: Target, ports: Ports, street: Street): Promise<Pieces> {
  const { onlyAnswer, renderAnswers } = await import('../lib/domain/answer/several-answers.ts')
  const { form } = target
  const { pieces, asides } = isBinary(form)
    ? await answerBytes(onlyAnswer(answers, form), { ...target, form })
    : isPicture(form)
      ? await drawPicture(onlyAnswer(answers, form), { ...target, form }, ports, street)
      : renderAnswers(answers, { ...target, ...textLayout(target, street), form })
  for (const aside of asides) ports.log.info(aside)
  return pieces
}

function textLayout({ form, question, output }: Target, street: Street) {
  const isTerminal = output === undefined && street.stdout.isTerminal
  return {
    preset: 'preset' in question ? question.preset : undefined,
    width: isTerminal ? street.stdout.columns : form === 'chart' ? DEFAULT_WIDTH : undefined,
    colors: isTerminal ? colorsOf(street) : ('none' as const),
    isTerminal,
  }
}

async function answerBytes({ table, facts }: Answer, { form, output, idsAsText }: Target & { form: BinaryFormat }) {
  const [{ tableToBytes }, { idsToTexts }, { answerAsides }] = await Promise.all([
    import('../lib/io/table-bytes.ts'),
    import('../lib/domain/answer/ids-as-text.ts'),
    import('../lib/domain/answer/rendering.ts'),
  ])
  const layout = form === 'parquet' ? form : (`arrow-${arrowLayout(output)}` as const)
  return {
    pieces: await tableToBytes(idsAsText ? idsToTexts(table).table : table, layout),
    asides: answerAsides(facts),
  }
}

async function drawPicture(
  answer: Answer,
  { form, chart, question }: Target & { form: PictureFormat },
  { lake, clock }: Ports,
  { version }: Street,
) {
  const [{ renderPictured }, { charts }] = await Promise.all([
    import('../lib/query/pictured.ts'),
    import('../lib/io/charts.ts'),
  ])
  return renderPictured(answer, { form, chart, question, lake: lake.url, version, madeAtMs: clock.nowMs() }, charts)
}

/** What would be told beside the answer would stand in its way; warnings stand below it. */
async function watchAnswers(plan: QueryCommandPlan, everyMs: number, common: CommonPorts, street: Street) {
  let warnings: string[] = []
  const warn = (sentence: string) => void warnings.push(`warning: ${sentence}\n`)
  const log = { ...common.log, progress: () => undefined, info: () => undefined, debug: () => undefined, warn }
  const [ports, { watch }, sql] = await Promise.all([
    openQueryPorts(plan, { ...common, log }, street),
    import('../lib/query/watch.ts'),
    readSql(plan, street),
  ])
  const ask = async () => {
    warnings = []
    const pieces = await Array.fromAsync(await answer(plan, sql, ports, street))
    return [...pieces, ...warnings].join('')
  }
  await watch(everyMs, ask, { clock: common.clock, screen: street.stdout }, street.stopSignal)
}

/** Entries of the history that are kept. */
const HISTORY_SIZE = 2_000

/** The shell, on a terminal, or over a script in stdin. */
async function converse(plan: QueryCommandPlan, ports: Ports, street: Street): Promise<void> {
  const [{ querySql }, { runShell }, { keepEngine }, { openSuggestions }, { printPieces, writeAnswer }] =
    await Promise.all([
      import('../lib/query/query.ts'),
      import('../lib/query/shell.ts'),
      import('../lib/query/kept-engine.ts'),
      import('../lib/query/suggestions.ts'),
      import('../lib/io/print.ts'),
    ])
  const { batchOnly, allowFiles: readsAllFiles } = plan
  const { timeZone } = await readLakeSettings(ports.lake)
  const kept = await keepEngine(ports)
  const suggestions = openSuggestions(ports, batchOnly)
  const lines = await openLines(suggestions.complete, ports, street)
  if (lines.isTyped) ports.log.info(`the lake ${ports.lake.url}, ${timeZone}; .help tells what the shell knows`)
  try {
    await runShell(
      { form: plan.form, isFormChosen: plan.chart !== undefined || plan.format !== undefined },
      {
        ...ports,
        lines,
        isOnTerminal: street.stdout.isTerminal,
        stopSignal: street.stopSignal,
        ask: (sql, before, signal) => querySql({ sql, batchOnly, readsAllFiles, before }, kept.ports, signal),
        async show(answers, { sql, form, file }, signal) {
          const pieces = await render(
            answers,
            { ...plan, form, output: file, question: { sql, readsAllFiles } },
            ports,
            street,
          )
          if (file === undefined) return printPieces(street.stdout, pieces, signal)
          await writeAnswer(resolve(street.cwd, file), pieces, ports.lake.url)
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

type Ports = CommonPorts & QueryPorts

async function openQueryPorts(
  { sparkRemote }: Pick<QueryCommandPlan, 'sparkRemote'>,
  common: CommonPorts,
  street: Street,
): Promise<Ports> {
  const [ports, { readLiveSegments }] = await Promise.all([
    sparkRemote === undefined ? openAnswerPorts(common, street) : openPortsToSpark(sparkRemote, common, street),
    import('../lib/listen/live.ts'),
  ])
  return { ...ports, liveSegments: () => readLiveSegments(ports.journal) }
}

async function openPortsToSpark(remote: string, common: CommonPorts, street: Street) {
  const { splitSparkStatements: splitStatements } = await import('../lib/domain/question/spark-statements.ts')
  return openSparkPorts(common, street, { remote, splitStatements })
}
