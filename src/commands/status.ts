/** `twdw status`: is it capturing and how, what came of it, what is missing, what it cost. Asks X only to count, if told to. */
import type { CommandModule } from 'yargs'
import type { CountsOf } from '../lib/coverage.ts'
import type { RuleCoverage } from '../lib/domain/coverage.ts'
import type { TimeSpan } from '../lib/domain/time-spans.ts'
import { TwdwError } from '../lib/errors.ts'
import { type CommonPorts, isColored, openCommonPorts } from '../lib/io/ports.ts'
import { readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import { COMMON_OPTIONS, capsOf, originOption, spendOptions } from '../lib/plans.ts'
import { flag, type Options, parseDuration, readSettings, type Values, word, yargsOptions } from '../lib/settings.ts'
import type { StatusPorts } from '../lib/status/status.ts'

const { maxUsd, maxUsdPerDay } = spendOptions('With --counts:')

export const STATUS_OPTIONS = {
  coverage: word(parseDuration, {
    describe: 'Instead: minutes captured, filled by search and missing, hour by hour, so far back, e.g. 24h',
  }),
  counts: flag({
    describe: 'With --coverage: what is stored of what X counts, in hours of the last 7 days ($0.005 a rule)',
  }),
  maxUsd,
  maxUsdPerDay,
  origin: originOption('With --counts:'),
  ...COMMON_OPTIONS,
} satisfies Options

export function statusCommand(street: Street): CommandModule {
  return {
    command: 'status',
    describe: 'Tell whether it is capturing, how far behind it is, what is missing and what it cost',
    builder: yargs =>
      yargs
        .options(yargsOptions(STATUS_OPTIONS))
        .example('$0 status', 'of the lake in ./lake, whether a listener runs or not')
        .example('$0 status --coverage 24h', 'minutes captured, filled and missing, for each hour and rule')
        .example('$0 status --lake /srv/lake --json', 'for a program: one object')
        .epilogue(
          'Exit status: 0 it could look, also when nothing runs · 2 usage · 3 refused by S3 · 5 lake unreachable or damaged · 7 a cap leaves no room to have X count',
        ),
    async handler(argv) {
      const files = await readSettingsFiles(street)
      const plan = readSettings(STATUS_OPTIONS, { argv, env: street.env, files, command: 'status' })
      const common = openCommonPorts(plan, street, 'twdw status')
      if (plan.coverage !== undefined) return printCoverage(plan.coverage, plan, common, street)
      if (plan.counts) {
        throw new TwdwError('E_USAGE', '--counts compares hours of the coverage', { hint: 'add --coverage 24h' })
      }
      const [{ status }, { statusToText }, ports] = await Promise.all([
        import('../lib/status/status.ts'),
        import('../lib/domain/health/status-text.ts'),
        openStatusPorts(common),
      ])
      const report = await status(ports).finally(() => common.log.close())
      const text = plan.json ? `${JSON.stringify(report)}\n` : statusToText(report, isColored(street))
      await street.stdout.write(text)
      const [first] = report.damaged
      if (first !== undefined) {
        throw new TwdwError('E_LAKE', first.message, { ...(first.hint !== null && { hint: first.hint }) })
      }
    },
  }
}

type StatusPlan = Values<typeof STATUS_OPTIONS>

async function printCoverage(backMs: number, plan: StatusPlan, common: CommonPorts, street: Street): Promise<void> {
  const [{ readCoverage }, { hoursOf }, { coverageToText }, { readLakeSettings }] = await Promise.all([
    import('../lib/coverage.ts'),
    import('../lib/domain/coverage.ts'),
    import('../lib/domain/answer/coverage-text.ts'),
    import('../lib/lake-door.ts'),
  ])
  await readLakeSettings(common.lake)
  const nowMs = common.clock.nowMs()
  const range = { fromMs: nowMs - backMs, toMs: nowMs }
  const coverage = await readCoverage(range, common)
  const countsOf = plan.counts ? await askCounts(coverage, range, plan, common, street) : undefined
  const rows = hoursOf(coverage, countsOf)
  common.log.close()
  await street.stdout.write(plan.json ? `${JSON.stringify(rows)}\n` : coverageToText(rows, street.stdout.columns))
}

/** @throws TwdwError E_CAP where there is no room to ask */
async function askCounts(
  coverage: readonly RuleCoverage[],
  range: TimeSpan,
  plan: StatusPlan,
  common: CommonPorts,
  street: Street,
): Promise<CountsOf> {
  const [{ compareWithCounts }, { Spending }, { openXPorts }, { readBearerToken }] = await Promise.all([
    import('../lib/coverage.ts'),
    import('../lib/listen/spending.ts'),
    import('../lib/io/x/ports.ts'),
    import('../lib/io/secrets.ts'),
  ])
  const [{ openJournal }, { openStateFile }, { openTables }] = await Promise.all([
    import('../lib/io/journal.ts'),
    import('../lib/io/state-file.ts'),
    import('../lib/io/tables.ts'),
  ])
  const { lake, clock, stateFolder } = common
  const access = { origin: plan.origin, token: await readBearerToken(street), userAgent: `twdw/${street.version}` }
  const { rest } = openXPorts({ access, clock })
  const meter = openStateFile(`${stateFolder}/spend.json`, clock)
  const journal = openJournal(`${stateFolder}/journal`, clock)
  const spending = new Spending(capsOf(plan.maxUsd, plan.maxUsdPerDay), { meter, journal, clock })
  await spending.read()
  return compareWithCounts(coverage, range, { ...common, tables: openTables(lake), rest, spending }, street.stopSignal)
}

async function openStatusPorts(common: CommonPorts): Promise<StatusPorts> {
  const [{ openPulseReader }, { openStateFile }, { listJournalFiles }] = await Promise.all([
    import('../lib/io/pulse-file.ts'),
    import('../lib/io/state-file.ts'),
    import('../lib/io/journal-files.ts'),
  ])
  const { lake, clock, stateFolder } = common
  return {
    lake,
    clock,
    openTables: async () => (await import('../lib/io/tables.ts')).openTables(lake),
    pulses: openPulseReader(stateFolder),
    meter: openStateFile(`${stateFolder}/spend.json`, clock),
    journalFiles: () => listJournalFiles(`${stateFolder}/journal`),
  }
}
