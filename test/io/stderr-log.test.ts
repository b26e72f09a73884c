import { describe, expect, it } from 'vitest'
import { journalText, type LogForm, type LogLevel, openLog } from '../../src/lib/io/stderr-log.ts'
import type { Outlet } from '../../src/lib/io/street.ts'

/** Everything that one log of a form tells of one of each. */
function toldBy(form: LogForm, level: LogLevel = 'normal'): string {
  let told = ''
  const outlet: Outlet = {
    isTerminal: false,
    columns: undefined,
    write: async text => {
      told += text
      return true
    },
  }
  const log = openLog(outlet, form, level, () => Date.parse('2026-09-21T12:00:00Z'))
  for (let n = 0; n < 1000; n++) log.progress(`${n} tweets captured`)
  log.debug('sealed 5 tweets', { event: 'sealed', tweets: 5 })
  log.info('connected to X')
  log.warn('two things:\nthis one\n  and this', { event: 'two' })
  log.close()
  return told
}

describe('a log', () => {
  it('has a priority in front of each line under journald, and no progress', () => {
    expect(toldBy('journald')).toBe('<6>connected to X\n<4>warning: two things:\n<4>this one\n<4>  and this\n')
    expect(toldBy('journald', 'verbose')).toMatch(/^<7>sealed 5 tweets\n<6>connected/)
    expect(toldBy('journald', 'quiet')).toBe('<4>warning: two things:\n<4>this one\n<4>  and this\n')
  })

  it('has none elsewhere', () => {
    expect(toldBy('lines')).toBe('connected to X\nwarning: two things:\nthis one\n  and this\n')
    expect(
      toldBy('json')
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line)),
    ).toEqual([
      { at: '2026-09-21T12:00:00.000Z', level: 'info', message: 'connected to X' },
      {
        at: '2026-09-21T12:00:00.000Z',
        level: 'warn',
        message: 'two things:\nthis one\n  and this',
        event: 'two',
      },
    ])
  })
})

describe('a text for journald', () => {
  it('has a priority on every line of it, empty ones too', () => {
    expect(journalText('error', 'twdw: this is a bug\n\n    at run (main.ts:1)')).toBe(
      '<3>twdw: this is a bug\n<3>\n<3>    at run (main.ts:1)',
    )
  })
})
