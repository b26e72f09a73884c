/**
 * systemd units: a listener that is kept alive, and a timer that consolidates every hour.
 *
 * Two things look like omissions. MemoryDenyWriteExecute= is left out because JavaScript without a JIT
 * is four times slower. And units of a user get only what needs no mount namespace: many distributions
 * forbid a user to make one, and the unit would then not start at all.
 */
import { TwdwError } from '../../errors.ts'
import { isInStore } from '../lake-url.ts'
import {
  AWS_CREDENTIALS_NAME,
  AWS_FILE_VARIABLE,
  CONSOLIDATE_MINUTE,
  consolidateWords,
  isWithin,
  type Jobs,
  LASTING_STATUSES,
  listenWords,
  refuseControlCharacters,
  stateFolder,
  TOKEN_NAME,
} from './jobs.ts'
import { commandLine, escapeSpecifiers, unitWord } from './unit-words.ts'

/** `system` units run from boot on; `user` units belong to one account and need no root. */
export type UnitScope = 'system' | 'user'

export interface UnitPlan {
  jobs: Jobs
  scope: UnitScope
  /** account that system units run as; undefined: one that systemd makes while they run */
  runAs: string | undefined
}

export interface UnitFile {
  /** file name, which is the unit's name */
  name: string
  text: string
}

export const LISTEN_UNIT = 'twdw-listen.service'
export const CONSOLIDATE_UNIT = 'twdw-consolidate.service'
export const TIMER_UNIT = 'twdw-consolidate.timer'

/** In the order in which they are written; removing them goes backwards. */
export const UNIT_NAMES = [LISTEN_UNIT, CONSOLIDATE_UNIT, TIMER_UNIT] as const

/** What `systemctl enable` is told; the timer starts the service of its name. */
export const ENABLED_UNITS = [LISTEN_UNIT, TIMER_UNIT] as const

/** The one folder that an account made by systemd owns. */
export const SYSTEM_STATE_FOLDER = '/var/lib/twdw'

/** A setting, or a line as it stands: a section, a comment, an empty one. */
type Line = readonly [key: string, value: string] | string

/**
 * The three files, in the order of UNIT_NAMES.
 * @throws TwdwError E_USAGE when a path cannot stand in a unit, or the lake's owner is not known
 */
export function unitFiles(plan: UnitPlan): UnitFile[] {
  checkPlan(plan)
  return [
    { name: LISTEN_UNIT, text: unitText(plan.jobs, listenUnit(plan)) },
    { name: CONSOLIDATE_UNIT, text: unitText(plan.jobs, consolidateUnit(plan)) },
    { name: TIMER_UNIT, text: unitText(plan.jobs, timerUnit()) },
  ]
}

function listenUnit(plan: UnitPlan): Line[] {
  return [
    '[Unit]',
    ['Description', 'twdw: capture tweets into the lake'],
    ...(plan.scope === 'system' ? ONLINE : []),
    ...mounts(plan),
    '# every start may cost one of the 50 connects that X allows in 15 minutes: twdw counts them from start to start and',
    '# waits where it must, so there is no need ever to give up',
    ['StartLimitIntervalSec', '0'],
    '',
    '[Service]',
    ['Type', 'notify'],
    ['NotifyAccess', 'main'],
    ['ExecStart', commandLine(listenWords(plan.jobs))],
    ['ExecReload', '/bin/kill -HUP $MAINPID'],
    ...token(plan.jobs),
    ...awsCredentials(plan.jobs),
    '# what a crash left in the journal comes into the lake before it is ready; after a long one that takes minutes',
    ['TimeoutStartSec', '15min'],
    ['Restart', 'always'],
    ['RestartSec', '20s'],
    '# usage, refused by X, a cap that never frees, no credential: another start would end the same way',
    ['RestartPreventExitStatus', `${LASTING_STATUSES.join(' ')} ${STATUS_NO_CREDENTIAL}`],
    '# alive is what hears something: X sends a byte every 20 s, and a wait that X asks for is told to systemd. So much',
    '# silence outlasts many reconnects, and only a new process can help; SIGTERM, so that it can still seal',
    ['WatchdogSec', '3min'],
    ['WatchdogSignal', 'SIGTERM'],
    '# SIGTERM seals the open segment before it ends; what hangs is killed after this, and the journal has its lines',
    ['TimeoutStopSec', '90s'],
    ['KillMode', 'mixed'],
    ...sandbox(plan, NETWORK),
    '',
    '[Install]',
    ['WantedBy', plan.scope === 'system' ? 'multi-user.target' : 'default.target'],
  ]
}

function consolidateUnit(plan: UnitPlan): Line[] {
  return [
    '[Unit]',
    ['Description', 'twdw: consolidate the closed hours of the lake'],
    ...(isFar(plan) && plan.scope === 'system' ? ONLINE : []),
    ...mounts(plan),
    '',
    '[Service]',
    ['Type', 'oneshot'],
    ['ExecStart', commandLine(consolidateWords(plan.jobs))],
    ...awsCredentials(plan.jobs),
    '# stopped halfway is no failure: the next run completes the hour',
    ['SuccessExitStatus', '130'],
    ['TimeoutStopSec', '90s'],
    ['Nice', '10'],
    ...sandbox(plan, isFar(plan) ? NETWORK : 'AF_UNIX'),
    ...(plan.scope === 'system' && !isFar(plan) ? [['PrivateNetwork', 'yes'] as const] : []),
  ]
}

function timerUnit(): Line[] {
  const minute = String(CONSOLIDATE_MINUTE).padStart(2, '0')
  return [
    '[Unit]',
    ['Description', 'twdw: consolidate every hour'],
    '',
    '[Timer]',
    '# the lake is cut by UTC hours; in zones off by half an hour the local :05 is another minute',
    ['OnCalendar', `*-*-* *:${minute}:00 UTC`],
    '# fires once after downtime; consolidate then finds every hour that was missed',
    ['Persistent', 'true'],
    ['RandomizedDelaySec', '30s'],
    ['AccuracySec', '10s'],
    '',
    '[Install]',
    ['WantedBy', 'timers.target'],
  ]
}

const NETWORK = 'AF_INET AF_INET6 AF_UNIX'

/** A lake in a store is reached over the network. */
function isFar({ jobs }: UnitPlan): boolean {
  return isInStore(jobs.lake)
}

/** A lake, or the journal of one in a store, on a disk of its own waits for that disk, and is not made below its empty mount point. */
function mounts(plan: UnitPlan): Line[] {
  const folder = isFar(plan) ? stateFolder(plan.jobs) : plan.jobs.lake
  return plan.scope === 'user' ? [] : [['RequiresMountsFor', unitWord(folder)]]
}

const ONLINE = [
  ['Wants', 'network-online.target'],
  ['After', 'network-online.target'],
] as const

/** systemd's own status for a LoadCredential= that cannot be read. */
const STATUS_NO_CREDENTIAL = 243

/** The token never stands in a unit: every account may read those. */
function token({ tokenFile }: Jobs): Line[] {
  return tokenFile === undefined ? [] : [['LoadCredential', `${TOKEN_NAME}:${escapeSpecifiers(tokenFile)}`]]
}

/** Likewise; the SDK is told where systemd puts it. */
function awsCredentials({ awsFile }: Jobs): Line[] {
  if (awsFile === undefined) return []
  return [
    ['LoadCredential', `${AWS_CREDENTIALS_NAME}:${escapeSpecifiers(awsFile)}`],
    ['Environment', `${AWS_FILE_VARIABLE}=%d/${AWS_CREDENTIALS_NAME}`],
  ]
}

/** What both scopes can have. @param families address families that the job needs */
function sandbox(plan: UnitPlan, families: string): Line[] {
  return [
    '',
    '# the sandbox. MemoryDenyWriteExecute= is not in it: JavaScript without a JIT is four times slower',
    ...(plan.scope === 'system' ? systemSandbox(plan) : []),
    ['UMask', '0027'],
    ['NoNewPrivileges', 'yes'],
    ['LockPersonality', 'yes'],
    ['RestrictAddressFamilies', families],
    ['RestrictNamespaces', 'yes'],
    ['RestrictRealtime', 'yes'],
    ['RestrictSUIDSGID', 'yes'],
    ['SystemCallArchitectures', 'native'],
    ['SystemCallFilter', '@system-service'],
    ['SystemCallFilter', '~@privileged @resources'],
    ['SystemCallErrorNumber', 'EPERM'],
  ]
}

/** Folders that a sandboxed service sees empty; what it needs in them is bound in by name. */
const HIDDEN_FOLDERS = ['/home', '/root', '/run/user', '/tmp', '/var/tmp']
const HOME_FOLDERS = ['/home', '/root', '/run/user']

function systemSandbox(plan: UnitPlan): Line[] {
  const { executable } = plan.jobs
  const writable = writableFolders(plan.jobs)
  const hidden = (path: string) => HIDDEN_FOLDERS.some(folder => isWithin(folder, path))
  const inHome = [...writable, executable].some(path => HOME_FOLDERS.some(folder => isWithin(folder, path)))
  return [
    ...(plan.runAs === undefined ? [['DynamicUser', 'yes'] as const] : []),
    // both services name the same account, else systemd makes two and the lake changes hands at every start
    ['User', plan.runAs ?? 'twdw'],
    ...(ownsStateFolder(plan.jobs) ? STATE_FOLDER : []),
    ['CacheDirectory', 'twdw'],
    ['Environment', 'XDG_CACHE_HOME=%C/twdw'],
    ['ProtectSystem', 'strict'],
    ['ProtectHome', inHome ? 'tmpfs' : 'yes'],
    ...(writable.length > 0 ? ["# to be there, and the account's own, before the first start"] : []),
    ...writable.map(path => [hidden(path) ? 'BindPaths' : 'ReadWritePaths', unitWord(path)] as const),
    ...(hidden(executable) ? [['BindReadOnlyPaths', unitWord(executable)] as const] : []),
    ['PrivateTmp', 'yes'],
    ['PrivateDevices', 'yes'],
    ['DevicePolicy', 'closed'],
    ['PrivateUsers', 'yes'],
    ['PrivateIPC', 'yes'],
    ['ProtectClock', 'yes'],
    ['ProtectControlGroups', 'yes'],
    ['ProtectHostname', 'yes'],
    ['ProtectKernelLogs', 'yes'],
    ['ProtectKernelModules', 'yes'],
    ['ProtectKernelTunables', 'yes'],
    ['ProtectProc', 'invisible'],
    ['RemoveIPC', 'yes'],
    ['CapabilityBoundingSet', ''],
    ['AmbientCapabilities', ''],
    ['KeyringMode', 'private'],
  ]
}

const STATE_FOLDER = [
  ['StateDirectory', 'twdw'],
  ['StateDirectoryMode', '0750'],
] as const

function ownsStateFolder(jobs: Jobs): boolean {
  return [jobs.lake, stateFolder(jobs)].some(folder => isWithin(SYSTEM_STATE_FOLDER, folder))
}

/** Folders outside SYSTEM_STATE_FOLDER that the jobs write to; none lies in another. */
export function writableFolders(jobs: Jobs): string[] {
  const folders = [...new Set([...(isInStore(jobs.lake) ? [] : [jobs.lake]), stateFolder(jobs)])]
  const covered = (folder: string) => folders.some(other => other !== folder && isWithin(other, folder))
  return folders.filter(folder => !isWithin(SYSTEM_STATE_FOLDER, folder) && !covered(folder))
}

function checkPlan(plan: UnitPlan): void {
  const { jobs, scope, runAs } = plan
  refuseControlCharacters([...listenWords(jobs), jobs.tokenFile ?? '', jobs.awsFile ?? '', runAs ?? ''])
  // this one setting is neither quoted nor unescaped, and a line that ends so means something else
  for (const [what, file] of [
    ['token file', jobs.tokenFile],
    ['credentials file', jobs.awsFile],
  ] as const) {
    if (file === undefined || !/[\s\\]$/.test(file)) continue
    throw new TwdwError('E_USAGE', `a unit cannot name the ${what} "${file}": mind its last character`, {
      hint: 'rename the file',
    })
  }
  if (scope === 'user' && runAs !== undefined) {
    throw new TwdwError('E_USAGE', `units of a user run as that user, not as ${runAs}`, {
      hint: 'leave --run-as out, or leave --user out',
    })
  }
  if (runAs !== undefined && !/^([A-Za-z_][A-Za-z0-9_.-]{0,30}\$?|[1-9][0-9]{0,9})$/.test(runAs)) {
    throw new TwdwError('E_USAGE', `"${runAs}" is no account that units may run as`, {
      hint: 'name an account other than root',
    })
  }
  if (runAs === 'root') {
    throw new TwdwError('E_USAGE', 'twdw needs no root, and its units do not run as root', {
      hint: 'name the account that owns the lake',
    })
  }
  const outside = writableFolders(jobs)[0]
  if (scope === 'system' && runAs === undefined && outside !== undefined) {
    throw new TwdwError(
      'E_USAGE',
      `${outside} needs an owner: the units' own account has ${SYSTEM_STATE_FOLDER} only`,
      {
        hint: `name the account that is to own it with --run-as, or keep the lake below ${SYSTEM_STATE_FOLDER}`,
      },
    )
  }
}

function unitText(jobs: Jobs, lines: readonly Line[]): string {
  const texts = lines.map(line => (typeof line === 'string' ? line : `${line[0]}=${line[1]}`))
  return [`${MARK}${JSON.stringify(jobs.lake)}.`, KEEP_OUT, '', ...texts, ''].join('\n')
}

const MARK = '# Written by `twdw schedule systemd` for the lake '
const KEEP_OUT = '# Installing again replaces this file; settings of your own go into a drop-in: systemctl edit UNIT'

/** The lake that a unit file of ours was written for; undefined for a file that somebody else wrote. */
export function lakeOfUnit(text: string): string | undefined {
  if (!text.startsWith(MARK)) return undefined
  const [, quoted] = /^("(?:[^"\\]|\\.)*")\.$/m.exec(text.slice(MARK.length)) ?? []
  return quoted === undefined ? undefined : (JSON.parse(quoted) as string)
}
