/** `twdw listen`: tweets from X, from files or from the generator into layer1, until it is told to stop. */
import { resolve } from 'node:path'
import type { CommandModule } from 'yargs'
import { counted } from '../lib/domain/wording.ts'
import type { Estimate } from '../lib/domain/x/estimate.ts'
import { LEAN_STREAM_QUERY, STREAM_QUERY } from '../lib/domain/x/request.ts'
import { TwdwError } from '../lib/errors.ts'
import { type CommonPorts, openCommonPorts, openWorkers } from '../lib/io/ports.ts'
import { randomId } from '../lib/io/random.ts'
import { readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import type { XPorts } from '../lib/io/x/ports.ts'
import {
  LISTEN_OPTIONS,
  type ListenCommandPlan,
  readListenPlan,
  sampledWordsOf,
  wordsOf,
} from '../lib/listen/command-plan.ts'
import type { ListenPorts } from '../lib/listen/listen.ts'
import { reportToText } from '../lib/listen/report-text.ts'
import type { Service } from '../lib/listen/service.ts'
import { capsOf } from '../lib/plans.ts'
import { yargsOptions } from '../lib/settings.ts'

export function listenCommand(street: Street): CommandModule {
  return {
    command: 'listen [tags..]',
    describe: 'Capture tweets until stopped',
    builder: yargs =>
      yargs
        .positional('tags', { describe: LISTEN_OPTIONS.tags.describe, type: 'string', array: true })
        .options(yargsOptions(LISTEN_OPTIONS))
        .example('$0 listen covid19 vacina', "what X's filtered stream has; the token is in X_BEARER_TOKEN")
        .example('$0 listen covid19 --backfill 2d', 'the two days before as well, as far as search and the caps go')
        .example('$0 listen covid19 --estimate', 'tweets and dollars a day, before any is spent on tweets')
        .example('$0 listen covid19 vacina --dry-run', 'which rules would be added and removed at X')
        .example('$0 listen --source replay --from tweets.jsonl.gz', 'tweets that were captured before, by any tool')
        .example('$0 listen --source demo --for 10s', 'made-up tweets, no account needed')
        .epilogue(
          'Exit status: 0 done · 2 usage, or a rule that X does not accept · 3 refused by X or S3 · 4 source unreachable, or listened to with this token already · 5 lake unreachable or damaged · 7 --max-tweets, --max-usd or --max-usd-per-day reached (source x)',
        ),
    async handler(argv) {
      const readPlan = async () =>
        readListenPlan({ argv, env: street.env, files: await readSettingsFiles(street), command: 'listen' })
      const plan = await readPlan()
      const ports = await openListenPorts(plan, street)
      if (plan.estimate) return printEstimate(plan, ports, street)
      if (plan.dryRun) return printDryRun(plan, ports, street)
      const service = await openService(ports, street)
      const [{ listen }, { capFailure }, makers, source] = await Promise.all([
        import('../lib/listen/listen.ts'),
        import('../lib/listen/spending.ts'),
        openMakers(plan, ports),
        openSource(plan, readPlan, { ...ports, service }, street),
      ])
      const listenPorts = { ...ports, ...source, makers, newId: randomId, service }
      const report = await withTokenLock(plan, ports, street, () =>
        listen(plan.capture, listenPorts, street.stopSignal).finally(() => ports.log.close()),
      )
      await street.stdout.write(reportToText(report, plan.json))
      if (report.cap !== undefined) throw capFailure('stopped', report.cap)
      if (report.rejected > 0) {
        const sql = 'SELECT reason, count(*) AS lines FROM layer1_rejected GROUP BY reason'
        ports.log.warn(
          `${counted(report.rejected, 'line')} held no tweet; why: twdw query --lake '${ports.lake.url}' --sql '${sql}'`,
        )
      }
      if (plan.source === 'x' && report.sessions === 0 && !report.rested && !street.stopSignal.aborted) {
        throw new TwdwError('E_SOURCE', `X was not reached in ${report.seconds.toFixed(0)} s`, {
          hint: 'see the warnings above; is the network up, and --origin right?',
        })
      }
      if (report.why === '--max-tweets is reached' && plan.source === 'x') {
        throw new TwdwError('E_CAP', `stopped at ${report.tweets} tweets: --max-tweets is ${plan.maxTweets}`, {
          hint: 'start again, or with a higher --max-tweets',
        })
      }
    },
  }
}

type LocalPorts = CommonPorts & Pick<ListenPorts, 'journal' | 'leftBehind' | 'meter' | 'pulse'>

async function openListenPorts(plan: ListenCommandPlan, street: Street): Promise<LocalPorts> {
  const [{ openJournal }, { openNoJournal }, { openStateFile }, { openPulseFile }, { pulseFileName }] =
    await Promise.all([
      import('../lib/io/journal.ts'),
      import('../lib/io/journal-none.ts'),
      import('../lib/io/state-file.ts'),
      import('../lib/io/pulse-file.ts'),
      import('../lib/domain/health/pulse.ts'),
    ])
  const ports = openCommonPorts(plan, street, 'twdw listen')
  const { clock, stateFolder } = ports
  const leftBehind = openJournal(`${stateFolder}/journal`, clock)
  return {
    ...ports,
    leftBehind,
    journal: readsFilesOnly(plan) ? openNoJournal(clock) : leftBehind,
    meter: openStateFile(`${stateFolder}/spend.json`, clock),
    pulse: openPulseFile(`${stateFolder}/${pulseFileName(plan.capture.source)}`, street.version),
  }
}

function readsFilesOnly({ source, from }: ListenCommandPlan): boolean {
  return source === 'replay' && !from.includes('-')
}

/** Files are read as fast as they can be made into segments; anything else comes at a pace that one worker keeps. */
async function openMakers(plan: ListenCommandPlan, { lakePlan }: LocalPorts): Promise<ListenPorts['makers']> {
  const [{ coreCount }, { makerBehind }] = await Promise.all([
    import('../lib/io/workers.ts'),
    import('../lib/listen/worker-maker.ts'),
  ])
  const workers = await openWorkers(lakePlan, readsFilesOnly(plan) ? coreCount() : 1)
  return workers.map(makerBehind)
}

/** @returns undefined where nobody manages this process */
async function openService({ clock, log }: CommonPorts, street: Street): Promise<Service | undefined> {
  const [{ openNotify }, { Service }] = await Promise.all([
    import('../lib/io/notify.ts'),
    import('../lib/listen/service.ts'),
  ])
  const notify = openNotify(street)
  return notify && new Service({ notify, clock, log })
}

type Source = Pick<ListenPorts, 'open' | 'search'>
type EventPorts = CommonPorts & { service: Service | undefined }
type ReadPlan = () => Promise<ListenCommandPlan>

async function openSource(
  plan: ListenCommandPlan,
  readPlan: ReadPlan,
  ports: EventPorts,
  street: Street,
): Promise<Source> {
  const { asOneSession } = await import('../lib/listen/listen.ts')
  if (plan.source !== 'x') {
    street.onReload(() => ports.log.info(`SIGHUP: --source ${plan.source} goes on with the settings that it has`))
  }
  if (plan.source === 'replay') {
    const { openReplay } = await import('../lib/io/source/replay.ts')
    const files = plan.from.map(file => (file === '-' ? file : resolve(street.cwd, file)))
    return { open: asOneSession(openReplay({ files, stdin: street.stdin, nowMs: ports.clock.nowMs }), ports.clock) }
  }
  if (plan.source === 'demo') {
    const { demoTweets } = await import('../lib/domain/demo/stream.ts')
    const { openDemo } = await import('../lib/io/source/demo.ts')
    const { seed, speed } = plan
    const startMs = plan.start ?? ports.clock.nowMs()
    const lines = demoTweets({ seed, startMs, ratePerSecond: plan.rate / speed })
    return { open: asOneSession(openDemo({ lines, startMs, speed, clock: ports.clock }), ports.clock) }
  }
  return openXSource(plan, readPlan, ports, street)
}

async function openXSource(
  plan: ListenCommandPlan,
  readPlan: ReadPlan,
  ports: EventPorts,
  street: Street,
): Promise<Source> {
  const [{ wantedRules }, xEvents, { openConnectLog }, { openStateFile }, { readAnew }, { withQuietAlarm }, xPorts] =
    await Promise.all([
      import('../lib/domain/x/rules.ts'),
      import('../lib/listen/x-events.ts'),
      import('../lib/listen/connect-log.ts'),
      import('../lib/io/state-file.ts'),
      import('../lib/listen/settings-anew.ts'),
      import('../lib/listen/quiet-alarm.ts'),
      openX(plan, ports, street),
    ])
  const readSound = async () => {
    const next = await readPlan()
    wantedRules(sampledWordsOf(next), 'lake')
    return next
  }
  const readWords = async () => {
    ports.service?.reloading()
    const next = await readAnew(plan, LISTEN_OPTIONS, { read: readSound, log: ports.log })
    ports.service?.ready('the settings were read again')
    return next && sampledWordsOf(next)
  }
  const query = plan.lean ? LEAN_STREAM_QUERY : STREAM_QUERY
  const words = sampledWordsOf(plan)
  const { onReload } = street
  const connects = openConnectLog(openStateFile(`${ports.stateFolder}/connects.json`, ports.clock), ports.log)
  const all = { ...ports, ...xPorts, connects }
  const stream = xEvents.openXEvents({ words, query, foreign: plan.foreign }, { ...all, onReload, readWords })
  const alarm = (clause: string | undefined) => ports.service?.alarm(clause)
  const open: Source['open'] = (stop, spending) => withQuietAlarm(stream, { ...all, spending, alarm }, stop)
  return { open, search: xPorts }
}

/** One listener for a token on this machine, whichever lake it fills. */
async function withTokenLock<T>(
  plan: ListenCommandPlan,
  ports: CommonPorts,
  street: Street,
  work: () => Promise<T>,
): Promise<T> {
  if (plan.source !== 'x') return work()
  const [{ lockToken }, { readBearerToken }] = await Promise.all([
    import('../lib/io/token-lock.ts'),
    import('../lib/io/secrets.ts'),
  ])
  const token = await readBearerToken(street)
  const holder = `twdw listen into ${ports.lake.url}`
  const release = await lockToken({ origin: plan.origin, token, holder, nowMs: ports.clock.nowMs() })
  return work().finally(release)
}

async function openX(plan: ListenCommandPlan, ports: CommonPorts, street: Street): Promise<XPorts> {
  const [{ openXPorts }, { readBearerToken }] = await Promise.all([
    import('../lib/io/x/ports.ts'),
    import('../lib/io/secrets.ts'),
  ])
  const access = { origin: plan.origin, token: await readBearerToken(street), userAgent: `twdw/${street.version}` }
  return openXPorts({ access, clock: ports.clock })
}

async function printDryRun(plan: ListenCommandPlan, ports: LocalPorts, street: Street): Promise<void> {
  const [{ wantedRules }, { ruleChangesToText }, { dryRun }, { rest }] = await Promise.all([
    import('../lib/domain/x/rules.ts'),
    import('../lib/domain/x/rule-changes.ts'),
    import('../lib/listen/dry-run.ts'),
    openX(plan, ports, street),
  ])
  const wantedBy = (lakeName: string) => wantedRules(sampledWordsOf(plan), lakeName)
  const { changes, failure } = await dryRun(wantedBy, { ...ports, rest }, street.stopSignal)
  await street.stdout.write(plan.json ? `${JSON.stringify(changes)}\n` : ruleChangesToText(changes))
  if (failure !== undefined) throw failure
}

async function printEstimate(plan: ListenCommandPlan, ports: LocalPorts, street: Street): Promise<void> {
  const [{ wantedRules }, { estimateToText }, { estimate }, { rest }] = await Promise.all([
    import('../lib/domain/x/rules.ts'),
    import('../lib/domain/x/estimate.ts'),
    import('../lib/listen/estimate.ts'),
    openX(plan, ports, street),
  ])
  const rules = wantedRules(wordsOf(plan), 'lake').map(rule => rule.value)
  const caps = capsOf(plan.maxUsd, plan.maxUsdPerDay)
  const answer: Estimate = await estimate(
    { rules, samplePercent: plan.sample ?? 100, caps },
    { ...ports, rest },
    street.stopSignal,
  ).finally(() => ports.log.close())
  await street.stdout.write(plan.json ? `${JSON.stringify(answer)}\n` : estimateToText(answer))
}
