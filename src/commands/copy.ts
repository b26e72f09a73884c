/** `twdw copy`: a lake to another place, from a folder to S3 or back. Safe to run again; a backup when it is run every night. */
import type { CommandModule } from 'yargs'
import type { CopyReport } from '../lib/copy/copy.ts'
import { parseLakeUrl } from '../lib/domain/lake-url.ts'
import { bytesText, counted } from '../lib/domain/wording.ts'
import { TwdwError } from '../lib/errors.ts'
import type { Lake } from '../lib/io/lake.ts'
import { type LakePlan, lakePlanOf, openCommonPorts, openLake, openTablePorts } from '../lib/io/ports.ts'
import { realFolder } from '../lib/io/real-folder.ts'
import { readSettingsFiles } from '../lib/io/settings-files.ts'
import { side } from '../lib/io/side.ts'
import type { Street } from '../lib/io/street.ts'
import { COMMON_OPTIONS } from '../lib/plans.ts'
import { flag, type Options, readSettings, type SettingLayers, word, yargsOptions } from '../lib/settings.ts'

export const COPY_OPTIONS = {
  from: word(parseLakeUrl, { describe: 'The lake that is copied (default: the one of --lake)', completes: 'folders' }),
  to: word(parseLakeUrl, { describe: 'Where the copy is or shall be', completes: 'folders' }),
  mirror: flag({ describe: 'Also remove from the copy what the lake has no more' }),
  discardNewer: flag({ describe: 'With --mirror: even tweets and sessions that the lake never had' }),
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
      const { to, ...ports } = await openCopyPorts(plan, street)
      const { copyLake } = await import('../lib/copy/copy.ts')
      const report = await copyLake(plan, { ...ports, to }, street.stopSignal).finally(() => ports.log.close())
      await street.stdout.write(plan.json ? `${JSON.stringify(report)}\n` : reportToText(report, to.url))
    },
  }
}

/** @throws TwdwError E_USAGE */
function copyPlan(layers: SettingLayers) {
  const { from, to, ...plan } = readSettings(COPY_OPTIONS, layers)
  if (plan.discardNewer && !plan.mirror) {
    throw new TwdwError('E_USAGE', '--discard-newer says what --mirror may remove, and without it nothing is removed', {
      hint: 'add --mirror, or leave it out',
    })
  }
  if (to === undefined) {
    throw new TwdwError('E_USAGE', 'it is not said where the copy shall be', {
      hint: 'name a folder or a bucket with --to, as in `twdw copy --to s3://bucket/lake`',
    })
  }
  return { ...plan, from: from ?? plan.lake, to }
}

/** @throws TwdwError E_USAGE where one of the two lies in the other, E_LAKE */
async function openCopyPorts(plan: ReturnType<typeof copyPlan>, street: Street) {
  const from = lakePlanOf({ ...plan, lake: plan.from }, street, 'twdw copy')
  const to = lakePlanOf({ ...plan, lake: plan.to }, street, 'twdw copy')
  const [source, copy] = [await placeOf(from), await placeOf(to)]
  if (source === copy) {
    throw new TwdwError('E_USAGE', `${from.root} cannot be copied to itself`, { hint: 'name another place with --to' })
  }
  if (copy.startsWith(source) || source.startsWith(copy)) {
    const [inner, outer] = copy.startsWith(source) ? [to, from] : [from, to]
    throw new TwdwError('E_USAGE', `${inner.root} is inside of ${outer.root}: a copy has a place of its own`, {
      hint: 'name another place with --to',
    })
  }
  const { lake, log, clock } = openCommonPorts({ ...plan, lake: plan.from }, street, 'twdw copy')
  const there = openLake(to, log.warn)
  const openTables = async (one: Lake) => (await openTablePorts(one)).tables
  return { from: lake, to: there, openTables, side, log, clock }
}

/** With `/` at its end, so that what is inside of it begins alike. */
async function placeOf({ root, s3 }: LakePlan): Promise<string> {
  const place = s3 === undefined ? await realFolder(root) : root
  return place.endsWith('/') ? place : `${place}/`
}

function reportToText(report: CopyReport, url: string): string {
  const { dryRun, files, bytes, copied, copiedBytes, kept, removed, removedSuch, seconds } = report
  const such = removedSuch.map(path => `  ${path}\n`).join('')
  const more = removed > removedSuch.length ? `  and ${counted(removed - removedSuch.length, 'other')}\n` : ''
  const went = removed === 0 ? '' : `, ${removed} ${dryRun ? 'would be removed' : 'removed'}`
  const lake = `${counted(files, 'file')} of ${bytesText(bytes)}`
  if (dryRun) {
    const said = `${lake}: ${copied} would be copied to ${url} (${bytesText(copiedBytes)}), ${kept} left${went}`
    return removed === 0 ? `${said}\n` : `${said}:\n${such}${more}`
  }
  const speed = `in ${seconds.toFixed(1)} s`
  return `${lake}: ${copied} copied to ${url} and looked at there (${bytesText(copiedBytes)}), ${kept} were there${went}, ${speed}\n`
}
