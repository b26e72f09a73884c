/** `twdw consolidate`: layer1 → the star schema, for every closed hour that changed. Safe to run again. */
import type { CommandModule } from 'yargs'
import type { Compacted, CompactPorts } from '../lib/compact/compact.ts'
import { compactedLines } from '../lib/compact/report.ts'
import type { ConsolidateReport, HourReport, MakeHours } from '../lib/consolidate/consolidate.ts'
import type { HourRange } from '../lib/domain/hour.ts'
import { counted, hoursText } from '../lib/domain/wording.ts'
import { TwdwError } from '../lib/errors.ts'
import { HOURS_OPTIONS, hoursOf, OLDER_THAN_OPTION } from '../lib/hours-words.ts'
import { type CommonPlan, type CommonPorts, openCommonPorts, openTablePorts, openWorkers } from '../lib/io/ports.ts'
import { readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import { COMMON_OPTIONS } from '../lib/plans.ts'
import {
  flag,
  type Options,
  parseDuration,
  readSettings,
  type SettingLayers,
  wordOr,
  yargsOptions,
} from '../lib/settings.ts'
import { REMOTE_OPTION, remoteOf } from '../lib/spark-words.ts'

/** `duckdb` is of `query`, and stands where one setting is for both: no Spark is asked then. */
const ENGINES = ['local', 'duckdb', 'spark'] as const

export const CONSOLIDATE_OPTIONS = {
  ...HOURS_OPTIONS,
  rebuild: flag({ describe: 'All hours, changed or not' }),
  dryRun: flag({ describe: 'Say what would be done; write nothing' }),
  grace: wordOr('2m', parseDuration, { describe: 'How long after its end an hour counts as closed' }),
  compact: flag({
    describe:
      'Then merge the small files of old hours, as twdw compact does, for five minutes of a run at the most; what cannot be merged is a warning',
  }),
  olderThan: OLDER_THAN_OPTION,
  engine: wordOr('local', (text: string) => text as (typeof ENGINES)[number], {
    describe:
      'Who makes the hours: this machine (duckdb, a word of query, means the same), or your own Spark 4 by Spark Connect, all of them in one job',
    choices: ENGINES,
    group: 'Engine:',
  }),
  remote: REMOTE_OPTION,
  ...COMMON_OPTIONS,
} satisfies Options

export function consolidateCommand(street: Street): CommandModule {
  return {
    command: 'consolidate',
    describe: 'Turn captured tweets into the star schema, hour by hour',
    builder: yargs =>
      yargs
        .options(yargsOptions(CONSOLIDATE_OPTIONS))
        .example('$0 consolidate', 'every closed hour whose tweets changed')
        .example('$0 consolidate --compact', 'and the small files of old hours; what the hourly timer runs')
        .example('$0 consolidate --hour 2024-01-01T10', 'one hour')
        .example('$0 consolidate --engine spark --remote sc://spark:15002', 'the same, made by your Spark')
        .epilogue(
          'Exit status: 0 done · 2 usage · 3 refused by S3 or Spark · 5 lake or Spark unreachable, damaged or in use · 6 data failed a check · 130 interrupted',
        ),
    async handler(argv) {
      const files = await readSettingsFiles(street)
      const plan = consolidatePlan({ argv, env: street.env, files, command: 'consolidate' })
      const ports = openCommonPorts(plan, street, 'twdw consolidate')
      const [{ consolidate }, { openCrew }, { readLakeSettings }, tablePorts] = await Promise.all([
        import('../lib/consolidate/consolidate.ts'),
        import('../lib/consolidate/crew.ts'),
        import('../lib/lake-door.ts'),
        openTablePorts(ports.lake),
      ])
      const { timeZone } = await readLakeSettings(ports.lake)
      const crew = openCrew(tablePorts, () => openWorkers(ports.lakePlan))
      const workroom = { ...ports, ...tablePorts, ...crew }
      const makeHours = plan.sparkRemote === undefined ? undefined : await onSpark(plan.sparkRemote, ports, street)
      const { stdout, stopSignal } = street
      try {
        const outcome = await consolidate({ ...plan, timeZone }, workroom, stopSignal, makeHours)
          .finally(crew.end)
          .catch(failureOfHours)
        // what is consolidated is so, and told, whatever comes of the rest
        if (!plan.json) await stdout.write(outcomeToText(outcome, plan))
        const compacted = plan.compact ? await compactOld({ ...plan, timeZone }, workroom, stopSignal) : undefined
        await stdout.write(plan.json ? jsonOf(outcome, compacted) : compactedToText(compacted, plan))
        if (outcome instanceof TwdwError) throw outcome
        if (compacted instanceof TwdwError) tellUncompacted(compacted, ports)
      } finally {
        ports.log.close()
      }
    },
  }
}

/** @throws what is no failure of some hours */
function failureOfHours(error: unknown): TwdwError {
  if (error instanceof TwdwError && (error.code === 'E_DATA' || error.code === 'E_LAKE')) return error
  throw error
}

/** As much as the hours that come next can wait for: an old lake is compacted run by run. */
const COMPACT_MS = 300_000

type CompactOutcome = Compacted | TwdwError | undefined

/** A named hour is none that must be compacted now: it is if it is old enough. @returns why not all could be, where it is so */
async function compactOld(
  plan: { range: HourRange; olderThanMs: number; dryRun: boolean; timeZone: string },
  ports: CompactPorts,
  signal: AbortSignal,
): Promise<CompactOutcome> {
  const { compact } = await import('../lib/compact/compact.ts')
  return compact({ ...plan, namedHour: undefined, maxMs: COMPACT_MS }, ports, signal).catch(error => {
    if (error instanceof TwdwError) return error
    throw error
  })
}

/** Files that stay small are no reason to call a run failed whose hours are consolidated. @throws TwdwError E_INTERRUPTED */
function tellUncompacted(why: TwdwError, { log }: CommonPorts): void {
  if (why.code === 'E_INTERRUPTED') throw why
  const hint = why.hint === undefined ? {} : { hint: why.hint }
  log.warn(`small files of layer1 were left: ${why.message}`, hint)
}

async function onSpark(remote: string, ports: CommonPorts, street: Street): Promise<MakeHours> {
  const [{ makeHoursOnSpark }, { reachSpark }, { splitSparkStatements }] = await Promise.all([
    import('../lib/consolidate/on-spark.ts'),
    import('../lib/io/ports.ts'),
    import('../lib/domain/question/spark-statements.ts'),
  ])
  const spark = await reachSpark(ports, street, { remote, splitStatements: splitSparkStatements })
  return makeHoursOnSpark({
    openEngine: () => spark.open('UTC', true),
    sparkLake: spark.lake,
    openStaging: spark.openStaging,
  })
}

/** @throws TwdwError E_USAGE */
function consolidatePlan(layers: SettingLayers) {
  const { hour, from, to, grace, olderThan, engine, remote, ...plan } = readSettings(CONSOLIDATE_OPTIONS, layers)
  if (engine !== 'spark' && layers.argv.remote !== undefined) {
    throw new TwdwError('E_USAGE', '--remote is where a Spark is, and this machine makes the hours', {
      hint: 'add --engine spark, or leave it out',
    })
  }
  if (!plan.compact && layers.argv['older-than'] !== undefined) {
    throw new TwdwError('E_USAGE', '--older-than says which hours are compacted, and none are', {
      hint: 'add --compact, or leave it out',
    })
  }
  const sparkRemote = engine === 'spark' ? remoteOf(remote, layers.env) : undefined
  return { ...plan, ...hoursOf({ hour, from, to }), graceMs: grace, olderThanMs: olderThan, sparkRemote }
}

/** More hours than this are told one by one only with `--verbose`, and where something is odd about them. */
const HOURS_TOLD = 12

/** One object; nothing where hours failed, of which the message tells. */
function jsonOf(report: ConsolidateReport | TwdwError, compacted: CompactOutcome): string {
  if (report instanceof TwdwError) return ''
  const isKnown = compacted !== undefined && !(compacted instanceof TwdwError)
  return `${JSON.stringify(isKnown ? { ...report, compacted: compacted.report } : report)}\n`
}

/** Nothing where there was nothing to do, which is so in most hours. */
function compactedToText(compacted: CompactOutcome, { verbose }: CommonPlan): string {
  if (compacted === undefined || compacted instanceof TwdwError) return ''
  const { report } = compacted
  if (report.hours.length === 0) return ''
  const word = report.dryRun ? '' : 'compacted '
  return compactedLines(report, verbose)
    .map(line => `${word}${line}\n`)
    .join('')
}

/** Lines for hours and one for all of them; nothing where some failed. */
function outcomeToText(report: ConsolidateReport | TwdwError, { verbose }: CommonPlan): string {
  if (report instanceof TwdwError) return ''
  const { hours, totals, seconds, dryRun } = report
  if (hours.length === 0) return 'nothing to do: every closed hour is consolidated\n'
  const tellsAll = verbose || dryRun || hours.length <= HOURS_TOLD
  const told = hours.filter(hour => tellsAll || hour.action === 'remove' || (hour.counts?.rejected ?? 0) > 0)
  const lines = told.map(hour => hourToText(hour, dryRun))
  const span = hoursText(hours.length, hours[0]!.hour, hours.at(-1)!.hour)
  if (!dryRun) lines.push(`${span}: ${countsToText(totals)} in ${seconds.toFixed(1)} s`)
  return `${lines.join('\n')}\n`
}

function hourToText({ hour, action, files, counts, rejectedBy }: HourReport, dryRun: boolean): string {
  if (dryRun) return `${hour}  would ${action}, from ${counted(files, 'layer1 file')}`
  if (action === 'remove' || counts === undefined) return `${hour}  removed: its layer1 is gone`
  const reasons = Object.entries(rejectedBy).map(([reason, rows]) => `${rows} × ${reason}`)
  return `${hour}  ${countsToText(counts)}${reasons.length === 0 ? '' : ` (${reasons.join('; ')})`}`
}

function countsToText({ tweets, duplicates, rejected }: ConsolidateReport['totals']): string {
  return `${counted(tweets, 'tweet')}, ${counted(duplicates, 'duplicate')}, ${rejected} rejected`
}
