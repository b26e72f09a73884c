/** `twdw status`: is it capturing and how, what came of it, what it cost. Changes nothing, asks nobody. */
import type { CommandModule } from 'yargs'
import { TwdwError } from '../lib/errors.ts'
import { type CommonPorts, isColored, openCommonPorts } from '../lib/io/ports.ts'
import { readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import { COMMON_OPTIONS } from '../lib/plans.ts'
import { type Options, readSettings, yargsOptions } from '../lib/settings.ts'
import type { StatusPorts } from '../lib/status/status.ts'

export const STATUS_OPTIONS = COMMON_OPTIONS satisfies Options

export function statusCommand(street: Street): CommandModule {
  return {
    command: 'status',
    describe: 'Tell whether it is capturing, how far behind it is, what is missing and what it cost',
    builder: yargs =>
      yargs
        .options(yargsOptions(STATUS_OPTIONS))
        .example('$0 status', 'of the lake in ./lake, whether a listener runs or not')
        .example('$0 status --lake /srv/lake --json', 'for a program: one object')
        .epilogue('Exit status: 0 it could look, also when nothing runs · 2 usage · 5 lake unreachable or damaged'),
    async handler(argv) {
      const files = await readSettingsFiles(street)
      const plan = readSettings(STATUS_OPTIONS, { argv, env: street.env, files, command: 'status' })
      const common = openCommonPorts(plan, street, 'twdw status')
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
