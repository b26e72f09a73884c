/** `twdw schedule`: prints, installs or removes what keeps listen and consolidate running. */
import { basename, dirname, join, resolve } from 'node:path'
import type { CommandModule } from 'yargs'
import { SCHEDULER_PULSE_NAME } from '../lib/domain/health/scheduler-pulse.ts'
import { HOUR_MS, hourOf, utcDateOf } from '../lib/domain/hour.ts'
import { isInStore } from '../lib/domain/lake-url.ts'
import { LAKE_FILE } from '../lib/domain/paths.ts'
import { COMPOSE_DEFAULTS, IMAGE_STATE_FOLDER } from '../lib/domain/schedule/compose.ts'
import type { Jobs } from '../lib/domain/schedule/jobs.ts'
import { SYSTEM_STATE_FOLDER } from '../lib/domain/schedule/unit-files.ts'
import { parseHashtag } from '../lib/domain/tag.ts'
import { TwdwError } from '../lib/errors.ts'
import { lakeStateFolder } from '../lib/io/cache-folders.ts'
import { systemClock } from '../lib/io/clock.ts'
import { type CommonPorts, openCommonPorts } from '../lib/io/ports.ts'
import { configHome, readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import {
  COMMON_OPTIONS,
  fillOptions,
  parseOrigin,
  refuseContradictions,
  rulesOptions,
  s3Words,
  spendOptions,
  timeZoneOption,
} from '../lib/plans.ts'
import {
  AIRFLOW_OPTIONS,
  airflowWords,
  refuseAirflowWords,
  refuseForAirflow,
  refuseNowhere,
} from '../lib/schedule/airflow-words.ts'
import { composeWords } from '../lib/schedule/compose-words.ts'
import type { SchedulePlan } from '../lib/schedule/plan.ts'
import { RUN_OPTIONS, refuseForegroundWords, refuseInstallWords } from '../lib/schedule/run-options.ts'
import {
  flag,
  list,
  type Options,
  parseText,
  readSettings,
  type SettingLayers,
  type Values,
  word,
  wordOr,
  yargsOptions,
} from '../lib/settings.ts'

/** Handed on to listen, and read as listen would read them here: also from the `[listen]` table of a file. */
const PASSED_ON_OPTIONS = {
  ...rulesOptions('Listener:'),
  ...spendOptions('Listener:'),
  ...fillOptions('Listener:'),
  origin: word(parseOrigin, { describe: 'Where the X API is (default: https://api.x.com)', group: 'Listener:' }),
  timeZone: timeZoneOption('Listener:'),
} satisfies Options

const LISTENER_OPTIONS = {
  tags: list(parseHashtag, {
    describe: 'Hashtags to listen for, with or without #',
    completes: 'tags',
    positional: true,
  }),
  source: wordOr('x', parseText, {
    describe: 'Where tweets come from; demo needs no account',
    choices: ['x', 'demo'],
    group: 'Listener:',
  }),
  ...PASSED_ON_OPTIONS,
} satisfies Options

/** A scheduled listener that ended at the day's cap would not be there on the next day. */
const REST_WORD = '--wait-next-day'

const OWN_OPTIONS = {
  kind: word(parseText, {
    describe: 'What is to run twdw',
    choices: ['systemd', 'cron', 'airflow', 'compose', 'run', 'health'],
    positional: true,
  }),
  install: flag({ describe: 'Put it in place and start it' }),
  uninstall: flag({ describe: 'Stop it and take it away; the lake stays' }),
  dryRun: flag({ describe: 'Say what would be written, removed and run; do nothing' }),
  user: flag({ describe: 'systemd: units of your own account, without root' }),
  runAs: word(parseText, { describe: 'systemd: account that owns the lake (default: one made by systemd)' }),
  tokenFile: word(parseText, {
    describe:
      "File with X's bearer token (default: /etc/twdw/x_bearer_token; --user, cron: ~/.config/twdw/x_bearer_token)",
    completes: 'files',
  }),
  awsCredentialsFile: word(parseText, {
    describe: 'File with AWS credentials for a lake in S3 (default: as the SDK finds them where it runs)',
    completes: 'files',
  }),
  executable: word(parseText, { describe: 'The twdw to run (default: this one)', completes: 'files' }),
  noCompact: flag({ describe: 'Leave the small files of layer1 as they are, which are merged a day later otherwise' }),
  ...RUN_OPTIONS,
  ...AIRFLOW_OPTIONS,
  ...COMMON_OPTIONS,
} satisfies Options

export const SCHEDULE_OPTIONS = { ...OWN_OPTIONS, ...LISTENER_OPTIONS } satisfies Options

export function scheduleCommand(street: Street): CommandModule {
  return {
    command: 'schedule [kind] [tags..]',
    describe: 'Keep twdw running: by systemd, cron or Airflow, in containers, or here',
    builder: yargs =>
      yargs
        .positional('kind', {
          describe: `${OWN_OPTIONS.kind.describe}: systemd, cron, airflow or compose; run: this process itself; health: whether it is well`,
          type: 'string',
        })
        .positional('tags', { describe: LISTENER_OPTIONS.tags.describe, type: 'string', array: true })
        .options(yargsOptions(SCHEDULE_OPTIONS))
        .example('$0 schedule systemd covid19 --lake /srv/lake --run-as ana', 'print the units')
        .example('$0 schedule systemd covid19 --lake /var/lib/twdw/lake --install', 'as root: install and start them')
        .example('$0 schedule cron covid19 --lake ~/lake --install --dry-run', 'what would change in the crontab')
        .example('$0 schedule airflow --lake /srv/lake > dags/twdw.py', 'a DAG that consolidates; it does not listen')
        .example('$0 schedule compose covid19 > compose.yaml', 'containers, to be started with docker compose up -d')
        .example('$0 schedule run covid19 --lake /srv/lake', 'listen and consolidate, here, until stopped')
        .epilogue(
          'Exit status: 0 done, or stopped · 2 usage or set-up · 3 refused by systemd or cron · 5 disk full or unreadable · of run: what no other start can mend of listen (2, 3, 7) or consolidate (2) · of health: 4 not well',
        ),
    async handler(argv) {
      const files = await readSettingsFiles(street)
      const layers = { argv, env: street.env, files, command: 'schedule' }
      const own = readSettings(OWN_OPTIONS, layers)
      if (own.kind !== undefined && own.kind !== 'airflow') refuseAirflowWords(own.kind, own)
      if (own.kind === 'run') return runHere(own, layers, street)
      if (own.kind === 'health') return tellHealth(own, street)
      const plan = schedulePlan(own, layers, street)
      if (plan.kind === 'compose')
        (await import('../lib/domain/schedule/cron-times.ts')).parseCronTimes(own.consolidateAt, own.cronTimeZone)
      const [{ schedule }, { reportToText }, { openInstaller, systemRunner }] = await Promise.all([
        import('../lib/schedule/schedule.ts'),
        import('../lib/schedule/report.ts'),
        import('../lib/io/installer.ts'),
      ])
      const report = await schedule(plan, openInstaller(systemRunner(street.env)))
      await street.stdout.write(reportToText(report, plan.json))
    },
  }
}

/** @throws TwdwError E_USAGE */
function schedulePlan(
  own: Values<typeof OWN_OPTIONS>,
  layers: SettingLayers,
  street: Street,
): SchedulePlan & { json: boolean } {
  if (own.kind === undefined) {
    throw new TwdwError('E_USAGE', 'it is not said what is to run twdw', {
      hint: 'write `twdw schedule systemd …`, or cron, airflow, compose or run in its place',
    })
  }
  refuseForegroundWords(own.kind, own)
  if (own.install && own.uninstall) {
    throw new TwdwError('E_USAGE', '--install and --uninstall contradict each other', { hint: 'give one of them' })
  }
  const action = own.uninstall ? 'uninstall' : own.install || own.dryRun ? 'install' : 'print'
  const says = { action, dryRun: own.dryRun, json: own.json } as const
  if (own.kind === 'airflow') return airflowPlan(own, layers, street, says)
  const jobs = action === 'uninstall' ? jobsToRemove(own, street) : jobsToRun(own, layers, street)
  const common = { jobs, ...says }
  if (own.kind === 'cron') {
    refuseForCron(own)
    return { kind: 'cron', ...common }
  }
  if (own.kind === 'compose') return { kind: 'compose', ...common, ...composeWords(own, jobs, street) }
  const unitFolder = own.user ? join(configFolder(street), 'systemd/user') : '/etc/systemd/system'
  return { kind: 'systemd', ...common, scope: own.user ? 'user' : 'system', runAs: own.runAs, unitFolder }
}

function airflowPlan(
  own: Values<typeof OWN_OPTIONS>,
  layers: SettingLayers,
  street: Street,
  says: Pick<SchedulePlan, 'action' | 'dryRun'> & { json: boolean },
): SchedulePlan & { json: boolean } {
  refuseForAirflow(layers.argv, LISTENER_OPTIONS, ['user', 'runAs', 'tokenFile'])
  if (own.awsCredentialsFile !== undefined) {
    throw new TwdwError(
      'E_USAGE',
      '--aws-credentials-file means nothing to airflow: its workers have credentials of their own',
      {
        hint: 'leave it out, and set AWS_SHARED_CREDENTIALS_FILE, or a role, where the workers run',
      },
    )
  }
  const plan = { ...airflowWords(own, street, utcDateOf(hourOf(systemClock.nowMs()))), ...says }
  refuseNowhere(plan)
  const executable = says.action === 'uninstall' ? street.executable : executableOf(own, street)
  return { ...plan, jobs: { ...jobsToRemove(own, street), executable } }
}

function refuseForCron(own: Values<typeof OWN_OPTIONS>): void {
  const given = [...(own.user ? ['--user'] : []), ...(own.runAs === undefined ? [] : ['--run-as'])]
  if (given.length > 0) {
    throw new TwdwError('E_USAGE', `${given.join(' and ')} mean nothing to cron: a crontab is its account's own`, {
      hint: 'leave it out, and run twdw schedule as the account that is to own the lake',
    })
  }
}

/** Where the lake is suffices to find what was installed for it. */
function jobsToRemove(own: Values<typeof OWN_OPTIONS>, street: Street): Jobs {
  return {
    executable: street.executable,
    lake: isInStore(own.lake) ? own.lake : resolve(street.cwd, own.lake),
    lakeOptions: isInStore(own.lake) ? s3Words(own) : [],
    stateDir: own.stateDir === undefined ? undefined : resolve(street.cwd, own.stateDir),
    tags: [],
    listenOptions: [],
    compacts: !own.noCompact,
    tokenFile: undefined,
  }
}

function jobsToRun(own: Values<typeof OWN_OPTIONS>, layers: SettingLayers, street: Street): Jobs {
  const listener = readSettings(LISTENER_OPTIONS, { ...layers, command: 'listen', isPart: true })
  const isDemo = listener.source === 'demo'
  if (!isDemo && listener.tags.length + listener.keyword.length + listener.rule.length === 0) {
    throw new TwdwError('E_USAGE', 'there is nothing to listen for: no hashtag, no --keyword and no --rule', {
      hint: `name a hashtag, as in \`twdw schedule ${own.kind} covid19\``,
    })
  }
  refuseContradictions(listener)
  const removable = jobsToRemove(own, street)
  return {
    ...removable,
    stateDir: removable.stateDir ?? (isInStore(own.lake) ? storeStateFolder(own, street) : undefined),
    executable: executableOf(own, street),
    tags: listener.tags,
    listenOptions: [...passedOnWords(listener), isDemo ? '--source=demo' : REST_WORD],
    tokenFile: isDemo ? undefined : tokenFile(own, street),
    awsFile: own.awsCredentialsFile === undefined ? undefined : resolve(street.cwd, own.awsCredentialsFile),
  }
}

/** Said to both jobs by name: what the account's environment is when they run is not known here. */
function storeStateFolder(own: Values<typeof OWN_OPTIONS>, { env }: Street): string {
  const isSystem = own.kind === 'systemd' && !own.user
  if (own.kind === 'compose') return IMAGE_STATE_FOLDER
  return isSystem ? `${SYSTEM_STATE_FOLDER}/state` : lakeStateFolder(env, own.lake, own.s3Endpoint)
}

/** The scheduler itself: until it is stopped, or a job ends as no other start can mend. */
async function runHere(own: Values<typeof OWN_OPTIONS>, layers: SettingLayers, street: Street): Promise<void> {
  refuseInstallWords('run', own)
  const [{ parseCronTimes }, { runScheduler, endFailure }, { childStarter }, jobWords] = await Promise.all([
    import('../lib/domain/schedule/cron-times.ts'),
    import('../lib/schedule/run.ts'),
    import('../lib/io/children.ts'),
    import('../lib/domain/schedule/jobs.ts'),
  ])
  const { consolidateWords, listenWords, AWS_FILE_VARIABLE } = jobWords
  const jobs = foregroundJobs(own, layers, street)
  const hasListener = jobs.listenOptions.length > 0
  const told = (['json', 'quiet', 'verbose'] as const).flatMap(name => (own[name] ? [`--${name}`] : []))
  const plan = {
    consolidate: {
      words: [...consolidateWords(jobs), ...told],
      times: parseCronTimes(own.consolidateAt, own.cronTimeZone),
    },
    listen: hasListener ? [...listenWords(jobs), ...told] : undefined,
  }
  const token = jobs.tokenFile === undefined ? {} : { X_BEARER_TOKEN_FILE: jobs.tokenFile }
  const { awsCredentialsFile: aws } = own
  const keys = aws === undefined ? {} : { [AWS_FILE_VARIABLE]: resolve(street.cwd, aws) }
  const start = childStarter({ ...street.env, ...token, ...keys }, street.cwd)
  const ports = openCommonPorts(own, street, 'twdw schedule run')
  const { health, close } = await openSchedulerHealth(own, hasListener, ports, street)
  const hasLake = () =>
    ports.lake.read(LAKE_FILE).then(
      bytes => bytes !== undefined,
      () => true,
    )
  const { onReload } = street
  const end = await runScheduler(plan, { ...ports, start, health, hasLake, onReload }, street.stopSignal).finally(
    () => {
      ports.log.close()
      return close()
    },
  )
  if (end !== undefined) throw endFailure(end)
}

/** What runs here: of a listener only what is asked for. */
function foregroundJobs(own: Values<typeof OWN_OPTIONS>, layers: SettingLayers, street: Street): Jobs {
  const executable = executableOf(own, street)
  const { source, tags, keyword, rule } = readSettings(LISTENER_OPTIONS, { ...layers, command: 'listen', isPart: true })
  const listens = source === 'demo' || tags.length + keyword.length + rule.length > 0
  return listens && !own.noListener ? jobsToRun(own, layers, street) : { ...jobsToRemove(own, street), executable }
}

async function openSchedulerHealth(
  own: Values<typeof OWN_OPTIONS>,
  hasListeners: boolean,
  { clock, stateFolder, lake }: CommonPorts,
  street: Street,
) {
  const [{ SchedulerHealth, fitnessOf }, { openPulseFile, openPulseReader }, { serveHealth }] = await Promise.all([
    import('../lib/schedule/scheduler-health.ts'),
    import('../lib/io/pulse-file.ts'),
    import('../lib/io/health-server.ts'),
  ])
  const file = openPulseFile(healthFile(own, stateFolder, street), street.version)
  const health = new SchedulerHealth({ clock, file, lake: lake.url })
  const pulses = openPulseReader(stateFolder)
  const look = async () => {
    const fitness = await fitnessOf(health.pulse(), hasListeners, { pulses, clock })
    return { healthy: fitness.healthy, body: fitness }
  }
  return { health, close: own.healthPort === undefined ? async () => undefined : serveHealth(own.healthPort, look) }
}

function healthFile(own: Values<typeof OWN_OPTIONS>, stateFolder: string, street: Street): string {
  return own.healthFile === undefined ? join(stateFolder, SCHEDULER_PULSE_NAME) : resolve(street.cwd, own.healthFile)
}

/** Whether the scheduler and the listeners of this machine, or container, are well. @throws TwdwError E_SOURCE when not */
async function tellHealth(own: Values<typeof OWN_OPTIONS>, street: Street): Promise<void> {
  refuseInstallWords('health', own)
  const [{ readFitness }, { openPulseReader }, { fitnessFailure, fitnessToText }] = await Promise.all([
    import('../lib/schedule/scheduler-health.ts'),
    import('../lib/io/pulse-file.ts'),
    import('../lib/domain/health/fitness-text.ts'),
  ])
  const { clock, stateFolder } = openCommonPorts(own, street, 'twdw schedule health')
  const path = healthFile(own, stateFolder, street)
  const { read } = openPulseReader(dirname(path))
  const ports = { clock, pulses: openPulseReader(stateFolder), readScheduler: () => read(basename(path)) }
  const fitness = await readFitness({ hasListeners: own.healthFile === undefined && !own.noListener }, ports)
  if (own.json || fitness.healthy)
    await street.stdout.write(own.json ? `${JSON.stringify(fitness)}\n` : fitnessToText(fitness))
  if (!fitness.healthy) throw fitnessFailure(fitness)
}

/** `--name=value`, so that a value may begin with a dash. */
function passedOnWords(listener: Values<typeof PASSED_ON_OPTIONS>): string[] {
  const { keyword, lang, rule, origin, timeZone, maxUsd, maxUsdPerDay, sample, backfill } = listener
  const { lean, foreign, noFill } = listener
  const spend = { 'max-usd': maxUsd, 'max-usd-per-day': maxUsdPerDay, sample }
  const fill = { backfill: backfill === undefined ? undefined : `${backfill / HOUR_MS}h` }
  const given = { keyword, lang, rule, origin, 'time-zone': timeZone, ...spend, ...fill }
  const words = Object.entries(given).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : values === undefined ? [] : [values]).map(value => `--${name}=${value}`),
  )
  const flags = { lean, foreign, 'no-fill': noFill }
  return [...words, ...Object.entries(flags).flatMap(([name, isGiven]) => (isGiven ? [`--${name}`] : []))]
}

function executableOf(own: Values<typeof OWN_OPTIONS>, street: Street): string {
  if (own.executable !== undefined) return resolve(street.cwd, own.executable)
  // containers have their own
  if (own.kind === 'compose') return street.executable
  if (!['bun', 'node'].includes(basename(street.executable))) return street.executable
  throw new TwdwError('E_USAGE', `twdw is run from its sources here, by ${street.executable}`, {
    hint: 'build it (npm run build) and run dist/twdw, or name the file to run with --executable',
  })
}

/** @returns undefined where the environment says it */
function tokenFile(own: Values<typeof OWN_OPTIONS>, street: Street): string | undefined {
  if (own.tokenFile !== undefined) return resolve(street.cwd, own.tokenFile)
  if (own.kind === 'run') return undefined
  if (own.kind === 'compose') return resolve(street.cwd, COMPOSE_DEFAULTS.tokenFile)
  const isSystem = own.kind === 'systemd' && !own.user
  return join(isSystem ? '/etc' : configFolder(street), 'twdw/x_bearer_token')
}

/** @throws TwdwError E_USAGE where the account has no home */
function configFolder(street: Street): string {
  const folder = configHome(street.env)
  if (folder !== undefined) return folder
  throw new TwdwError('E_USAGE', 'neither HOME nor XDG_CONFIG_HOME is set, and files of the account belong there', {
    hint: 'set HOME, or leave --user out',
  })
}
