/** `twdw compact`: the many small files of closed hours become few. Safe to run again, and at any time. */
import type { CommandModule } from 'yargs'
import type { Compacted } from '../lib/compact/compact.ts'
import type { MonthReport, MonthsReport } from '../lib/compact/months.ts'
import { compactedLines, leftText } from '../lib/compact/report.ts'
import { bytesText, counted, hoursText } from '../lib/domain/wording.ts'
import { TwdwError } from '../lib/errors.ts'
import { HOURS_OPTIONS, hoursOf, OLDER_THAN_OPTION } from '../lib/hours-words.ts'
import { type CommonPlan, openCommonPorts, openTablePorts } from '../lib/io/ports.ts'
import { readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import { COMMON_OPTIONS } from '../lib/plans.ts'
import {
  flag,
  type Options,
  parseDuration,
  readSettings,
  type SettingLayers,
  word,
  yargsOptions,
} from '../lib/settings.ts'

export const COMPACT_OPTIONS = {
  ...HOURS_OPTIONS,
  olderThan: OLDER_THAN_OPTION,
  atMost: word(parseDuration, { describe: 'Begin nothing new after so long; the next run goes on' }),
  months: flag({
    describe:
      'Also copy closed months of layer2 into few files, which long questions read in their place; they take its room again',
  }),
  dryRun: flag({ describe: 'Say what would be done; write nothing' }),
  ...COMMON_OPTIONS,
} satisfies Options

export function compactCommand(street: Street): CommandModule {
  return {
    command: 'compact',
    describe: 'Merge the many small files that hours have in layer1 into few',
    builder: yargs =>
      yargs
        .options(yargsOptions(COMPACT_OPTIONS))
        .example('$0 compact', 'every consolidated hour that ended more than a day ago')
        .example('$0 compact --months', 'and the months that are over')
        .example('$0 compact --older-than 0s --hour 2024-01-01T10', 'one hour, as soon as it is consolidated')
        .epilogue(
          'Exit status: 0 done · 2 usage · 3 refused by S3 · 5 lake unreachable, damaged or in use · 130 interrupted',
        ),
    async handler(argv) {
      const files = await readSettingsFiles(street)
      const plan = compactPlan({ argv, env: street.env, files, command: 'compact' })
      const ports = openCommonPorts(plan, street, 'twdw compact')
      const [{ compact, failureOf }, { compactMonths, MONTHS_DEFAULTS }, { readLakeSettings }, tablePorts] =
        await Promise.all([
          import('../lib/compact/compact.ts'),
          import('../lib/compact/months.ts'),
          import('../lib/lake-door.ts'),
          openTablePorts(ports.lake),
        ])
      const { timeZone } = await readLakeSettings(ports.lake)
      const workroom = { ...ports, ...tablePorts }
      try {
        // what is wrong with hours is no matter of months, and is told behind them
        const hours = await compact({ ...plan, timeZone }, workroom, street.stopSignal).catch(asFailure)
        // after the hours, whose manifests are others then
        const monthsPlan = { ...MONTHS_DEFAULTS, ...plan, rebuild: false, timeZone }
        const months = plan.months ? await compactMonths(monthsPlan, workroom, street.stopSignal) : undefined
        if (hours instanceof TwdwError) throw hours
        await street.stdout.write(reportToText(hours, months, plan))
        const failure = failureOf(hours)
        if (failure !== undefined) throw failure
      } finally {
        ports.log.close()
      }
    },
  }
}

/** @throws what is no failure of some hours */
function asFailure(error: unknown): TwdwError {
  if (error instanceof TwdwError && error.code === 'E_LAKE') return error
  throw error
}

/** @throws TwdwError E_USAGE */
function compactPlan(layers: SettingLayers) {
  const { hour, from, to, olderThan, atMost: maxMs, ...plan } = readSettings(COMPACT_OPTIONS, layers)
  return { ...plan, ...hoursOf({ hour, from, to }), olderThanMs: olderThan, maxMs }
}

/** Lines for hours and one for all of them, then the same of months; with `--json` one object. */
function reportToText(compacted: Compacted, months: MonthsReport | undefined, plan: CommonPlan): string {
  const { report } = compacted
  if (plan.json) return `${JSON.stringify(months === undefined ? report : { ...report, months: months.months })}\n`
  return [...hourLines(compacted, plan), ...(months?.months ?? []).map(month => monthToText(month, months!.dryRun))]
    .map(line => `${line}\n`)
    .join('')
}

const NOTHING_TO_DO = 'nothing to do: no hour that may be compacted has several small files'

function hourLines({ report, failures }: Compacted, { verbose }: CommonPlan): string[] {
  const { hours, pending, left } = report
  const lines = hours.length > 0 ? compactedLines(report, verbose) : []
  if (hours.length === 0 && left > 0) lines.push(leftText(left))
  // hours that could not be done are told of by a warning each
  if (hours.length + failures.length === 0) lines.push(NOTHING_TO_DO)
  if (pending.length > 0) {
    const left = hoursText(pending.length, pending[0]!, pending.at(-1)!)
    lines.push(`left, as not consolidated yet: ${left}; twdw consolidate`)
  }
  return lines
}

function monthToText({ month, action, files, bytes, filesBefore, bytesBefore }: MonthReport, dryRun: boolean): string {
  if (action === 'keep') return `${month}  is as it should be`
  if (action === 'wait') return `${month}  is not over for a day`
  if (action === 'pending') return `${month}  left: hours of it are not consolidated; twdw consolidate`
  if (action === 'remove') return `${month}  ${dryRun ? 'would be removed' : 'removed'}: it has no hour any more`
  const before = `${counted(filesBefore, 'file')} of ${bytesText(bytesBefore)}`
  if (dryRun) return `${month}  would be copied from ${before}`
  return `${month}  copied from ${before} into ${files.toLocaleString('en-US')} of ${bytesText(bytes)}`
}
