import { describe, expect, it } from 'vitest'
import { judgeUnit, parseUnitState } from '../../../src/lib/domain/schedule/unit-state.ts'

const LISTEN = 'twdw-listen.service'
const CONSOLIDATE = 'twdw-consolidate.service'
const TIMER = 'twdw-consolidate.timer'
const RUNNING =
  'LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nResult=success\nExecMainStatus=0\n'

const judge = (unit: string, text: string, scope: 'system' | 'user' = 'system') => {
  const { level, sentence, remedy, code } = judgeUnit(unit, parseUnitState(text), scope)
  return { level, sentence, remedy, code }
}

/** `RUNNING` with other lines, as systemctl prints them. */
const but = (lines: string) => `${RUNNING}${lines.replaceAll(' ', '\n')}\n`

describe('a unit', () => {
  it.each([
    [LISTEN, RUNNING, 'twdw-listen.service is running'],
    [LISTEN, but('ActiveState=activating SubState=start'), 'twdw-listen.service is start'],
    [
      CONSOLIDATE,
      but('ActiveState=inactive UnitFileState=static'),
      'twdw-consolidate.service ended well when it last ran, or has not run yet',
    ],
    [CONSOLIDATE, but('ActiveState=activating UnitFileState=static'), 'twdw-consolidate.service is running'],
    [
      TIMER,
      `${but('SubState=waiting')}NextElapseUSecRealtime=Mon 2026-09-21 13:05:00 UTC\n`,
      'twdw-consolidate.timer is waiting, next run Mon 2026-09-21 13:05:00 UTC',
    ],
  ])('is in order: %s', (unit, text, sentence) => {
    expect(judge(unit, text)).toEqual({ level: 'ok', sentence, remedy: null, code: null })
  })

  it.each([
    [
      but('ActiveState=failed SubState=failed Result=exit-code ExecMainStatus=3'),
      'E_REFUSED',
      'twdw-listen.service has failed with status 3 (refused by X)',
    ],
    [
      but('ActiveState=failed Result=exit-code ExecMainStatus=243'),
      'E_USAGE',
      'twdw-listen.service has failed with status 243',
    ],
    [but('ActiveState=failed Result=oom-kill ExecMainStatus=9'), 'E_USAGE', 'twdw-listen.service has failed: oom-kill'],
  ])('has failed, for the reason that it gave: %s', (text, code, sentence) => {
    const remedy =
      'journalctl -u twdw-listen.service -n 20; mend what it says, then systemctl start twdw-listen.service'
    expect(judge(LISTEN, text)).toEqual({ level: 'fault', sentence, remedy, code })
  })

  it('says how a consolidation failed, which the timer tries again', () => {
    expect(judge(CONSOLIDATE, but('ActiveState=failed Result=exit-code ExecMainStatus=6'), 'user')).toEqual({
      level: 'fault',
      sentence: 'twdw-consolidate.service has failed with status 6 (data failed a check)',
      remedy: 'journalctl --user -u twdw-consolidate.service -n 20; mend what it says, the timer tries again',
      code: 'E_DATA',
    })
  })

  it.each([
    [
      LISTEN,
      but('ActiveState=activating SubState=auto-restart Result=exit-code ExecMainStatus=4'),
      'twdw-listen.service ended with status 4 (X cannot be reached) and is started again',
      'journalctl -u twdw-listen.service -n 20',
    ],
    [
      LISTEN,
      but('UnitFileState=disabled'),
      'twdw-listen.service is disabled: it does not start with the machine',
      'systemctl enable --now twdw-listen.service',
    ],
    [
      LISTEN,
      but('ActiveState=inactive SubState=dead'),
      'twdw-listen.service is stopped',
      'systemctl start twdw-listen.service',
    ],
  ])('wants a look: %s %s', (unit, text, sentence, remedy) => {
    expect(judge(unit, text)).toEqual({ level: 'warning', sentence, remedy, code: null })
  })

  it('is of no use when systemd does not know it, or the timer does not run', () => {
    expect(judge(LISTEN, 'LoadState=not-found\nActiveState=inactive\n', 'user')).toMatchObject({
      level: 'fault',
      sentence: 'twdw-listen.service is not-found to systemd',
      remedy: 'systemctl --user daemon-reload',
    })
    expect(judge(TIMER, but('ActiveState=inactive SubState=dead'))).toMatchObject({
      level: 'fault',
      sentence: 'twdw-consolidate.timer is stopped: no hour is consolidated',
      remedy: 'systemctl start twdw-consolidate.timer',
    })
  })
})
