/** The state of our systemd units, from what `systemctl show` prints, and what is to be done about it. */
import { codeOfStatus, type Finding, fault, ok, warning } from '../health/finding.ts'
import { statusText } from './status-text.ts'
import { CONSOLIDATE_UNIT, LISTEN_UNIT, TIMER_UNIT, type UnitScope } from './unit-files.ts'

/** Properties that are asked for. */
export const UNIT_PROPERTIES = [
  'LoadState',
  'ActiveState',
  'SubState',
  'UnitFileState',
  'Result',
  'ExecMainStatus',
  'NextElapseUSecRealtime',
] as const

export type UnitState = Readonly<Partial<Record<(typeof UNIT_PROPERTIES)[number], string>>>

/** @param text lines such as `ActiveState=failed`; later ones win */
export function parseUnitState(text: string): UnitState {
  const lines = text.split('\n').map(line => /^(\w+)=(.*)$/.exec(line))
  return Object.fromEntries(lines.flatMap(line => (line === null ? [] : [[line[1], line[2]]])))
}

const CHECK = 'schedule'

/** @param unit one of ours, whose file is there */
export function judgeUnit(unit: string, state: UnitState, scope: UnitScope): Finding {
  const manage = (...words: string[]) => ['systemctl', ...(scope === 'user' ? ['--user'] : []), ...words].join(' ')
  const { LoadState, UnitFileState } = state
  if (LoadState !== 'loaded') {
    return fault(CHECK, 'E_USAGE', `${unit} is ${LoadState || 'unknown'} to systemd`, manage('daemon-reload'))
  }
  if (hasFailed(state)) return judgeFailed(unit, state, scope, manage('start', unit))
  if (unit !== CONSOLIDATE_UNIT && UnitFileState !== 'enabled') {
    const sentence = `${unit} is ${UnitFileState || 'not enabled'}: it does not start with the machine`
    return warning(CHECK, sentence, manage('enable', '--now', unit))
  }
  return judgeRunning(unit, state, manage('start', unit))
}

function hasFailed({ ActiveState, Result = '' }: UnitState): boolean {
  return ActiveState === 'failed' || !['', 'success'].includes(Result)
}

function judgeFailed(unit: string, state: UnitState, scope: UnitScope, start: string): Finding {
  const see = `journalctl ${scope === 'user' ? '--user ' : ''}-u ${unit} -n 20`
  const isRestarting = state.ActiveState === 'activating'
  if (isRestarting) return warning(CHECK, `${unit} ended${endText(state)} and is started again`, see)
  const code = state.Result === 'exit-code' ? codeOfStatus(Number(state.ExecMainStatus)) : undefined
  const again = unit === CONSOLIDATE_UNIT ? 'the timer tries again' : `then ${start}`
  return fault(CHECK, code ?? 'E_USAGE', `${unit} has failed${endText(state)}`, `${see}; mend what it says, ${again}`)
}

function judgeRunning(
  unit: string,
  { ActiveState, SubState, NextElapseUSecRealtime }: UnitState,
  start: string,
): Finding {
  const isRunning = ActiveState === 'active' || ActiveState === 'activating'
  if (unit === LISTEN_UNIT) {
    return isRunning ? ok(CHECK, `${unit} is ${SubState}`) : warning(CHECK, `${unit} is stopped`, start)
  }
  if (unit === TIMER_UNIT) {
    const next = NextElapseUSecRealtime ? `, next run ${NextElapseUSecRealtime}` : ''
    return isRunning
      ? ok(CHECK, `${unit} is ${SubState}${next}`)
      : fault(CHECK, 'E_USAGE', `${unit} is stopped: no hour is consolidated`, start)
  }
  return ok(CHECK, `${unit} ${isRunning ? 'is running' : 'ended well when it last ran, or has not run yet'}`)
}

/** `exit-code` is a status of ours; all else (`oom-kill`, `watchdog`, `signal`) says enough by its name. */
function endText({ Result, ExecMainStatus }: UnitState): string {
  if (Result !== 'exit-code') return `: ${Result || 'no reason is known'}`
  return ` with ${statusText(Number(ExecMainStatus))}`
}
