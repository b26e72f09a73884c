/** `twdw forget`: tweets, or all of some users, out of the lake, and kept out. Safe to run again. */
import { resolve } from 'node:path'
import type { CommandModule } from 'yargs'
import type { Crew } from '../lib/consolidate/crew.ts'
import { type IdKind, IdList, type IdSource, parseTweetSource, parseUserSource } from '../lib/domain/forget/id-list.ts'
import { counted } from '../lib/domain/wording.ts'
import { TwdwError } from '../lib/errors.ts'
import type { ForgetPorts } from '../lib/forget/forget.ts'
import type { Log } from '../lib/io/log.ts'
import { type CommonPorts, openCommonPorts, openLake, openTablePorts, openWorkers } from '../lib/io/ports.ts'
import { readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import { COMMON_OPTIONS } from '../lib/plans.ts'
import { flag, list, type Options, parseDuration, readSettings, wordOr, yargsOptions } from '../lib/settings.ts'

export const FORGET_OPTIONS = {
  tweet: list(parseTweetSource, {
    describe: 'Ids of tweets, or files with one id a line, or of an X compliance job; - is stdin',
    completes: 'files',
    several: true,
  }),
  user: list(parseUserSource, {
    describe: 'Ids of users, likewise: all their tweets, retweets of them, and their profiles',
    completes: 'files',
    several: true,
  }),
  dryRun: flag({ describe: 'Say what would be removed; write nothing' }),
  wait: wordOr('2m', parseDuration, {
    describe: 'How long to wait for a running listener that has some of it in its journal',
  }),
  ...COMMON_OPTIONS,
} satisfies Options

export function forgetCommand(street: Street): CommandModule {
  return {
    command: 'forget',
    describe: 'Remove tweets, or all of some users, from the lake, and keep them from coming back',
    builder: yargs =>
      yargs
        .options(yargsOptions(FORGET_OPTIONS))
        .example('$0 forget --tweet 1741765000000101001', 'one tweet, its retweets, and what others quote of it')
        .example('$0 forget --tweet deleted.txt --user 501 --dry-run', 'what would go')
        .example('$0 forget --tweet compliance.ndjson', "the result of X's batch compliance job for tweets")
        .epilogue(
          'Exit status: 0 done, also when there was nothing to forget · 2 usage · 3 refused by S3 · 5 lake unreachable or damaged, or being consolidated, or a listener still has some of it after --wait · 6 data failed a check · 130 interrupted',
        ),
    async handler(argv) {
      const files = await readSettingsFiles(street)
      const plan = readSettings(FORGET_OPTIONS, { argv, env: street.env, files, command: 'forget' })
      refuseNobody(plan.tweet, plan.user)
      const common = openCommonPorts(plan, street, 'twdw forget')
      const ids = {
        tweets: await readIds('tweet', plan.tweet, common.log, street),
        users: await readIds('user', plan.user, common.log, street),
      }
      const [{ forget }, { readLakeSettings }, { reportToText }] = await Promise.all([
        import('../lib/forget/forget.ts'),
        import('../lib/lake-door.ts'),
        import('../lib/forget/report-text.ts'),
      ])
      const { timeZone } = await readLakeSettings(common.lake)
      const { dryRun, wait: waitMs } = plan
      const ports = await openForgetPorts(common)
      const report = await forget({ ids, dryRun, waitMs, timeZone }, ports, street.stopSignal).finally(() => {
        ports.end()
        return common.log.close()
      })
      await street.stdout.write(reportToText(report, plan.json))
      if (report.journal.left > 0 && !dryRun) {
        const what = `${counted(report.journal.left, 'line')} of it in the journal of a running listener`
        throw new TwdwError(
          'E_LAKE',
          `not everything is forgotten yet: there ${report.journal.left === 1 ? 'is' : 'are'} ${what}`,
          {
            hint: 'the listener leaves them out when it seals them; run it again then, or wait for longer with --wait',
          },
        )
      }
    },
  }
}

/** @throws TwdwError E_USAGE */
function refuseNobody(tweets: readonly IdSource[], users: readonly IdSource[]): void {
  const sources = [...tweets, ...users]
  if (sources.length === 0) {
    throw new TwdwError('E_USAGE', 'nobody and nothing is named that is to be forgotten', {
      hint: 'name tweets with --tweet, or users with --user: ids, or files with an id a line',
    })
  }
  if (sources.filter(source => 'file' in source && source.file === '-').length > 1) {
    throw new TwdwError('E_USAGE', 'standard input is named twice, and can be read once', {
      hint: 'put one of the lists into a file',
    })
  }
}

/** @returns ids without repeats. @throws TwdwError E_USAGE for a file that cannot be read or holds something else */
async function readIds(kind: IdKind, sources: readonly IdSource[], log: Log, street: Street): Promise<string[]> {
  const { readTextLines } = await import('../lib/io/text-lines.ts')
  const ids = new Set<string>()
  for (const source of sources) {
    if ('id' in source) {
      ids.add(source.id)
      continue
    }
    const name = source.file === '-' ? 'standard input' : source.file
    const list = new IdList(kind, name)
    const file = source.file === '-' ? '-' : resolve(street.cwd, source.file)
    for await (const line of readTextLines(file, street.stdin)) list.add(line)
    for (const id of list.ids) ids.add(id)
    for (const [action, lines] of list.others) {
      log.warn(`left out ${counted(lines, 'line')} of ${name}: the action is "${action}" and not "delete"`)
    }
  }
  return [...ids]
}

async function openForgetPorts(common: CommonPorts): Promise<ForgetPorts & Pick<Crew, 'end'>> {
  const [{ openCrew }, { openJournal }, { recordsIn }, { openStateFile }, { openSegmentMaker }, { openTombstones }] =
    await Promise.all([
      import('../lib/consolidate/crew.ts'),
      import('../lib/io/journal.ts'),
      import('../lib/io/journal-records.ts'),
      import('../lib/io/state-file.ts'),
      import('../lib/listen/segment-maker.ts'),
      import('../lib/tombstones.ts'),
    ])
  const { lake, lakePlan, clock, stateFolder } = common
  const tablePorts = await openTablePorts(lake)
  const { tables } = tablePorts
  const journalFolder = `${stateFolder}/journal`
  return {
    ...common,
    ...tablePorts,
    ...openCrew(tablePorts, () => openWorkers(lakePlan)),
    journal: openJournal(journalFolder, clock),
    journalFolder: openLake({ root: journalFolder, holder: lakePlan.holder }),
    maker: openSegmentMaker({ tables, lake, tombstones: openTombstones(lake), recordsIn }),
    meter: openStateFile(`${stateFolder}/spend.json`, clock),
    removeStaging: async () => (await import('../lib/io/spark/scratch.ts')).removeStaging(lake),
  }
}
