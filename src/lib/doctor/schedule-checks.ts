/** What is to keep twdw running for this lake: systemd's units and the crontab, as they are installed and as they do. */
import { type Finding, faultFrom, ok, warning } from '../domain/health/finding.ts'
import type { Listener } from '../domain/health/liveness.ts'
import { withoutBlock } from '../domain/schedule/crontab.ts'
import { tokenFileOfCrontab, tokenFileOfUnit } from '../domain/schedule/token-files.ts'
import { LISTEN_UNIT, lakeOfUnit, UNIT_NAMES, type UnitScope } from '../domain/schedule/unit-files.ts'
import { judgeUnit, parseUnitState, UNIT_PROPERTIES } from '../domain/schedule/unit-state.ts'
import { systemErrorCode, TwdwError } from '../errors.ts'
import type { Installer } from '../io/installer.ts'

const CHECK = 'schedule'

/** Where schedules are installed. */
export interface SchedulePlaces {
  /** absolute; of an account without a home there is none */
  unitFolders: readonly { scope: UnitScope; folder: string }[]
  /** where a schedule reads the token from unless it was told otherwise */
  tokenFiles: readonly string[]
}

/** As it was found; findings about units are made while systemd is asked. */
export interface ScheduleFound {
  findings: Finding[]
  /** files that the installed ones read the token from */
  tokenFiles: string[]
  hasUnits: boolean
  hasCrontab: boolean
}

export async function readSchedule(
  lake: string,
  { unitFolders }: SchedulePlaces,
  installer: Installer,
): Promise<ScheduleFound> {
  const found: ScheduleFound = { findings: [], tokenFiles: [], hasUnits: false, hasCrontab: false }
  for (const place of unitFolders) await orNoted(readUnits(lake, place, installer, found), found)
  await orNoted(readCrontab(lake, installer, found), found)
  return found
}

export function checkSchedule(
  { findings, hasUnits, hasCrontab }: ScheduleFound,
  listener: Listener | undefined,
): Finding[] {
  if (hasCrontab && listener?.isAlive !== true) {
    const remedy = 'see journalctl -t twdw or /var/log/syslog; does cron itself run (pgrep cron)?'
    return [...findings, warning(CHECK, 'the crontab is to keep a listener running, and none runs', remedy)]
  }
  if (hasUnits || hasCrontab || findings.length > 0) return findings
  return [
    ok(
      CHECK,
      'nothing starts twdw by itself for this lake',
      'twdw schedule systemd, or twdw schedule cron, where it should',
    ),
  ]
}

/** Where the token of a schedule is, the installed ones' first. */
export function tokenFilesOf({ tokenFiles }: ScheduleFound, places: SchedulePlaces): string[] {
  return [...new Set([...tokenFiles, ...places.tokenFiles])]
}

async function readUnits(
  lake: string,
  { scope, folder }: SchedulePlaces['unitFolders'][number],
  installer: Installer,
  found: ScheduleFound,
): Promise<void> {
  const text = await installer.readText(`${folder}/${LISTEN_UNIT}`).catch(unlessFrom('EACCES'))
  const owner = text === undefined ? undefined : lakeOfUnit(text)
  if (text === undefined || owner === undefined) return
  const whose = scope === 'user' ? "this account's" : "the machine's"
  if (owner !== lake) {
    found.findings.push(ok(CHECK, `${whose} units keep another lake going: ${owner}`))
    return
  }
  found.hasUnits = true
  const tokenFile = tokenFileOfUnit(text)
  if (tokenFile !== undefined) found.tokenFiles.push(tokenFile)
  if (!(await installer.isSystemdUp(scope))) {
    const remedy = scope === 'user' ? 'log in as the account itself (not by su or sudo)' : 'use twdw schedule cron here'
    found.findings.push(warning(CHECK, `${whose} units are installed, and their systemd does not run`, remedy))
    return
  }
  for (const unit of UNIT_NAMES) {
    const words = [
      'systemctl',
      ...(scope === 'user' ? ['--user'] : []),
      'show',
      `--property=${UNIT_PROPERTIES.join(',')}`,
      unit,
    ]
    const { stdout } = await installer.run(words)
    found.findings.push(judgeUnit(unit, parseUnitState(stdout), scope))
  }
  if (scope === 'user') await checkLinger(installer, found)
}

/** The units of an account stop with its last session unless it lingers. */
async function checkLinger(installer: Installer, found: ScheduleFound): Promise<void> {
  const account = (await installer.run(['id', '-un'])).stdout.trim()
  if (await installer.exists(`/var/lib/systemd/linger/${account}`)) return
  found.findings.push(warning(CHECK, `the units stop when ${account} logs out`, 'loginctl enable-linger'))
}

async function readCrontab(lake: string, installer: Installer, found: ScheduleFound): Promise<void> {
  // where cron is not installed there is no crontab
  const crontab = (await installer.readCrontab().catch(unlessFrom('ENOENT'))) ?? ''
  if (withoutBlock(crontab, lake) === crontab) return
  found.hasCrontab = true
  found.findings.push(ok(CHECK, "this account's crontab starts a listener every minute, and consolidates every hour"))
  const tokenFile = tokenFileOfCrontab(crontab, lake)
  if (tokenFile !== undefined) found.tokenFiles.push(tokenFile)
}

/** What cannot even be looked for counts as not there. @param systemCode that says so */
function unlessFrom(systemCode: string): (error: unknown) => undefined {
  return error => {
    if (error instanceof TwdwError && systemErrorCode(error.cause) === systemCode) return undefined
    throw error
  }
}

/** That systemd or cron will not be asked is no fault of the set-up. */
async function orNoted(work: Promise<void>, found: ScheduleFound): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof TwdwError)) throw error
    const { code, message, hint = 'ask as the account that installed it' } = error
    found.findings.push(code === 'E_REFUSED' ? warning(CHECK, message, hint) : faultFrom(CHECK, error))
  }
}
