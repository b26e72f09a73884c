/** `twdw consolidate`: layer1 → the star schema, for every closed hour that changed. Safe to run again. */
import type { CommandModule } from 'yargs'
import type { ConsolidateReport } from '../lib/consolidate.ts'
import { nextHour, parseHour } from '../lib/domain/hour.ts'
import { counted } from '../lib/domain/wording.ts'
import { TwdwError } from '../lib/errors.ts'
import { openCommonPorts } from '../lib/io/ports.ts'
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
  wordOr,
  yargsOptions,
} from '../lib/settings.ts'

export const CONSOLIDATE_OPTIONS = {
  hour: word(parseHour, { describe: 'One UTC hour, e.g. 2024-01-01T10' }),
  from: word(parseHour, { describe: 'First UTC hour' }),
  to: word(parseHour, { describe: 'UTC hour before which to stop' }),
  rebuild: flag({ describe: 'All hours, changed or not' }),
  dryRun: flag({ describe: 'Say what would be done; write nothing' }),
  grace: wordOr('2m', parseDuration, { describe: 'How long after its end an hour counts as closed' }),
  ...COMMON_OPTIONS,
} satisfies Options

export function consolidateCommand(street: Street): CommandModule {
  return {
    command: 'consolidate',
    describe: 'Turn captured tweets into the star schema, hour by hour',
    builder: yargs =>
      yargs
        .options(yargsOptions(CONSOLIDATE_OPTIONS))
        .example('$0 consolidate', 'every closed hour whose tweets changed; what the hourly timer runs')
        .example('$0 consolidate --hour 2024-01-01T10', 'one hour')
        .epilogue(
          'Exit status: 0 done · 2 usage · 5 lake unreachable or damaged · 6 data failed a check · 130 interrupted',
        ),
    async handler(argv) {
      const files = await readSettingsFiles(street)
      const plan = consolidatePlan({ argv, env: street.env, files, command: 'consolidate' })
      const ports = openCommonPorts(plan, street, 'twdw consolidate')
      const [{ consolidate }, { readLakeSettings }, { openTables }] = await Promise.all([
        import('../lib/consolidate.ts'),
        import('../lib/lake-door.ts'),
        import('../lib/io/tables.ts'),
      ])
      const { timeZone } = await readLakeSettings(ports.lake)
      const tables = openTables(ports.lake)
      const report = await consolidate({ ...plan, timeZone }, { ...ports, tables }, street.stopSignal).finally(() =>
        ports.log.close(),
      )
      await street.stdout.write(reportToText(report, plan.json))
    },
  }
}

/** @throws TwdwError E_USAGE */
function consolidatePlan(layers: SettingLayers) {
  const { hour, from, to, grace, ...plan } = readSettings(CONSOLIDATE_OPTIONS, layers)
  if (hour !== undefined && (from !== undefined || to !== undefined)) {
    throw new TwdwError('E_USAGE', '--hour names one hour, and --from or --to a range', {
      hint: 'give one or the other',
    })
  }
  if (from !== undefined && to !== undefined && from >= to) {
    throw new TwdwError('E_USAGE', `the range from ${from} to ${to} holds no hour`, {
      hint: '--to must be after --from',
    })
  }
  const range = hour === undefined ? { from, to } : { from: hour, to: nextHour(hour) }
  return { ...plan, range, namedHour: hour, graceMs: grace }
}

/** One line an hour and one for all of them; with `--json` one object. */
function reportToText(report: ConsolidateReport, isJson: boolean): string {
  if (isJson) return `${JSON.stringify(report)}\n`
  if (report.hours.length === 0) return 'nothing to do: every closed hour is consolidated\n'
  const lines = report.hours.map(({ hour, action, files, counts, rejectedBy }) => {
    if (report.dryRun) return `${hour}  would ${action}, from ${counted(files, 'layer1 file')}`
    if (action === 'remove' || counts === undefined) return `${hour}  removed: its layer1 is gone`
    const reasons = Object.entries(rejectedBy).map(([reason, rows]) => `${rows} × ${reason}`)
    const rejected = counts.rejected === 0 ? '' : `, ${counts.rejected} rejected (${reasons.join('; ')})`
    return `${hour}  ${counted(counts.tweets, 'tweet')}, ${counted(counts.duplicates, 'duplicate')}${rejected}`
  })
  const { tweets, duplicates, rejected } = report.totals
  const rows = `${counted(tweets, 'tweet')}, ${counted(duplicates, 'duplicate')}, ${rejected} rejected`
  const total = `${counted(report.hours.length, 'hour')}: ${rows} in ${report.seconds.toFixed(1)} s`
  return `${[...lines, ...(report.dryRun ? [] : [total])].join('\n')}\n`
}
