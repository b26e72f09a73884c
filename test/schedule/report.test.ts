import { describe, expect, it } from 'vitest'
import { reportToText } from '../../src/lib/schedule/report.ts'
import type { ScheduleReport } from '../../src/lib/schedule/schedule.ts'

const report = (change: Partial<ScheduleReport>): ScheduleReport => ({
  action: 'install',
  dryRun: false,
  texts: [],
  steps: [],
  unmetNeeds: [],
  notes: [],
  ...change,
})

const STEPS: ScheduleReport['steps'] = [
  { do: 'write', path: '/units/a.service', text: '[Unit]\n\n[Service]\n' },
  { do: 'replace', path: '/units/b.service', text: 'b\n' },
  { do: 'keep', path: '/units/c.timer', text: 'c\n' },
  { do: 'remove', path: '/units/d.timer' },
  { do: 'run', words: ['mkdir', '-p', "/srv/ana's lake"] },
  { do: 'run', words: ['crontab', '-'], stdin: '5 4 * * * backup\n' },
]

describe('the answer of schedule', () => {
  it('is one text alone as it stands, so that it can be piped on', () => {
    const texts = [{ path: 'crontab', text: '# BEGIN\n# END\n' }]
    expect(reportToText(report({ action: 'print', texts }), false)).toBe('# BEGIN\n# END\n')
  })

  it('tells several texts apart by a comment with the place of each', () => {
    const texts = [
      { path: '/units/a.service', text: '[Unit]\n' },
      { path: '/units/b.timer', text: '[Timer]\n' },
    ]
    expect(reportToText(report({ action: 'print', texts }), false)).toBe(
      '### /units/a.service\n[Unit]\n\n### /units/b.timer\n[Timer]\n',
    )
    expect(reportToText(report({ action: 'print', texts }), true)).toBe(
      '{"path":"/units/a.service","text":"[Unit]\\n"}\n{"path":"/units/b.timer","text":"[Timer]\\n"}\n',
    )
  })

  it('says what was done, step by step, and what to know afterwards', () => {
    expect(reportToText(report({ steps: STEPS, notes: ['logs: elsewhere'] }), false)).toBe(
      [
        'wrote /units/a.service',
        'replaced /units/b.service',
        'left as it was /units/c.timer',
        'removed /units/d.timer',
        "ran mkdir -p '/srv/ana'\\''s lake'",
        'ran crontab -',
        'logs: elsewhere',
        '',
      ].join('\n'),
    )
  })

  it('shows in a dry run every byte that would be written', () => {
    const unmetNeeds = [{ message: 'there is no token', hint: 'write it' }]
    expect(reportToText(report({ dryRun: true, steps: STEPS, unmetNeeds }), false)).toBe(
      [
        'would write /units/a.service',
        '  | [Unit]',
        '  |',
        '  | [Service]',
        'would replace /units/b.service',
        '  | b',
        'would leave as it is /units/c.timer',
        'would remove /units/d.timer',
        "would run mkdir -p '/srv/ana'\\''s lake'",
        'would run crontab -',
        '  | 5 4 * * * backup',
        'would be refused: there is no token',
        '  try: write it',
        '',
      ].join('\n'),
    )
  })

  it('tells what failed and did not matter', () => {
    const steps: ScheduleReport['steps'] = [{ do: 'run', words: ['systemctl', 'stop', 'a'], failed: 'not loaded' }]
    expect(reportToText(report({ action: 'uninstall', steps }), false)).toBe(
      'ran systemctl stop a, in vain: not loaded\n',
    )
  })

  it('says when there is nothing to do', () => {
    expect(reportToText(report({}), false)).toBe('nothing to do: it is installed already\n')
    expect(reportToText(report({ action: 'uninstall' }), false)).toBe('nothing to remove\n')
  })

  it('is one JSON object of what was done', () => {
    const done = report({ steps: [{ do: 'remove', path: '/units/d.timer' }], notes: ['the lake stays'] })
    expect(JSON.parse(reportToText(done, true))).toEqual({
      action: 'install',
      dryRun: false,
      steps: [{ do: 'remove', path: '/units/d.timer' }],
      unmetNeeds: [],
      notes: ['the lake stays'],
    })
  })
})
