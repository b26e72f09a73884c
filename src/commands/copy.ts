/** `twdw copy`: a lake to another place, from a folder to S3 or back. Safe to run again; a backup when it is run every night. */
import type { CommandModule } from 'yargs'
import type { CopyReport } from '../lib/copy/copy.ts'
import { parseLakeUrl } from '../lib/domain/lake-url.ts'
import { bytesText, counted } from '../lib/domain/wording.ts'
import { TwdwError } from '../lib/errors.ts'
import { lakePlanOf, openCommonPorts, openLake } from '../lib/io/ports.ts'
import { readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import { COMMON_OPTIONS } from '../lib/plans.ts'
import { flag, type Options, readSettings, type SettingLayers, word, yargsOptions } from '../lib/settings.ts'

export const COPY_OPTIONS = {
  from: word(parseLakeUrl, { describe: 'The lake that is copied (default: the one of --lake)', completes: 'folders' }),
  to: word(parseLakeUrl, { describe: 'Where the copy is or shall be', completes: 'folders' }),
  mirror: flag({ describe: 'Also remove from the copy what the lake has no more' }),
  dryRun: flag({ describe: 'Say what would be copied and removed; change nothing' }),
  ...COMMON_OPTIONS,
} satisfies Options

export function copyCommand(street: Street): CommandModule {
  return {
    command: 'copy',
    describe: 'Copy a lake to another folder or to S3, or bring a copy up to date',
    builder: yargs =>
      yargs
        .options(yargsOptions(COPY_OPTIONS))
        .example('$0 copy --from ./lake --to s3://bucket/lake', 'goes on where it was cut off')
        .example('$0 copy --to /backup/lake --mirror', 'a backup, for every night')
        .epilogue(
          'Exit status: 0 done · 2 usage · 3 refused by S3 · 5 a lake unreachable, damaged or in use · 130 interrupted',
        ),
    async handler(argv) {
      const files = await readSettingsFiles(street)
      const plan = copyPlan({ argv, env: street.env, files, command: 'copy' })
      const { to, ...ports } = openCopyPorts(plan, street)
      const { copyLake } = await import('../lib/copy/copy.ts')
      const report = await copyLake(plan, { ...ports, to }, street.stopSignal).finally(() => ports.log.close())
      await street.stdout.write(plan.json ? `${JSON.stringify(report)}\n` : reportToText(report, to.url))
    },
  }
}

/** @throws TwdwError E_USAGE */
function copyPlan(layers: SettingLayers) {
  const { from, to, ...plan } = readSettings(COPY_OPTIONS, layers)
  if (to === undefined) {
    throw new TwdwError('E_USAGE', 'it is not said where the copy shall be', {
      hint: 'name a folder or a bucket with --to, as in `twdw copy --to s3://bucket/lake`',
    })
  }
  return { ...plan, from: from ?? plan.lake, to }
}

function openCopyPorts(plan: ReturnType<typeof copyPlan>, street: Street) {
  const places = [plan.from, plan.to].map(lake => lakePlanOf({ ...plan, lake }, street, 'twdw copy'))
  const [from, to] = places as [(typeof places)[0], (typeof places)[0]]
  if (from.root === to.root) {
    throw new TwdwError('E_USAGE', `${from.root} cannot be copied to itself`, { hint: 'name another place with --to' })
  }
  const { lake, log, clock } = openCommonPorts({ ...plan, lake: plan.from }, street, 'twdw copy')
  return { from: lake, to: openLake(to, log.warn), log, clock }
}

function reportToText(report: CopyReport, url: string): string {
  const { dryRun, files, bytes, copied, copiedBytes, kept, removed, seconds } = report
  const went = removed === 0 ? '' : `, ${removed} ${dryRun ? 'would be removed' : 'removed'}`
  const lake = `${counted(files, 'file')} of ${bytesText(bytes)}`
  if (dryRun) return `${lake}: ${copied} would be copied to ${url} (${bytesText(copiedBytes)}), ${kept} left${went}\n`
  const speed = `in ${seconds.toFixed(1)} s`
  return `${lake}: ${copied} copied to ${url} and looked at there (${bytesText(copiedBytes)}), ${kept} were there${went}, ${speed}\n`
}
