import { describe, expect, it } from 'vitest'
import {
  codeOfStatus,
  type Finding,
  failureOf,
  fault,
  faultFrom,
  findingsSummary,
  findingToText,
  ok,
  skipped,
  warning,
} from '../../../src/lib/domain/health/finding.ts'
import { TwdwError } from '../../../src/lib/errors.ts'

const token = fault('token', 'E_USAGE', 'there is no token for X', 'export X_BEARER_TOKEN=…')
const disk = fault('lake-disk', 'E_LAKE', 'nothing can be written in /srv/lake: permission denied', null)

describe('findings', () => {
  it('end well with warnings and what was left out, and badly with a fault', () => {
    const fine = [ok('lake', 'is there'), warning('clock', '3 s behind', 'set it'), skipped('x', '--offline')]
    expect(failureOf(fine)).toBeUndefined()
    expect(failureOf([...fine, token])).toMatchObject({ code: 'E_USAGE', message: '1 fault found: token' })
    expect(failureOf([token, disk, token])?.message).toBe('3 faults found: token, lake-disk')
  })

  it.each<[string, Finding[], number]>([
    ['the lake before all else', [fault('x', 'E_REFUSED', '', ''), token, disk], 5],
    ['data that failed a check before X', [fault('x', 'E_REFUSED', '', ''), fault('schedule', 'E_DATA', '', '')], 6],
    ['what X refused before what is set', [token, fault('x', 'E_REFUSED', '', '')], 3],
    ['a cap before what is set', [token, fault('caps', 'E_CAP', '', '')], 7],
    ['X out of reach last', [fault('x', 'E_SOURCE', '', ''), token], 2],
    ['X out of reach', [fault('x', 'E_SOURCE', '', '')], 4],
  ])('end with the gravest fault: %s', (_, findings, status) => expect(failureOf(findings)?.exitStatus).toBe(status))

  it('read as a line each with the next step below, and a line for all', () => {
    expect(findingToText(ok('lake', 'is of format 1'), false)).toBe('✓ lake          is of format 1\n')
    expect(findingToText(token, false)).toBe(
      '✗ token         there is no token for X\n                try: export X_BEARER_TOKEN=…\n',
    )
    expect(findingToText(warning('clock', 'a\x1b[2J\nb', 'set it'), true)).toBe(
      '\x1b[33m!\x1b[39m clock         a [2J b\n                try: set it\n',
    )
    expect(findingToText(skipped('x', '--offline'), false)).toBe('· x             skipped: --offline\n')
    expect(findingsSummary([ok('a', ''), ok('b', '')])).toBe('\n2 checks: 2 in order\n')
    expect(findingsSummary([ok('a', ''), token, disk, skipped('x', ''), warning('c', '', '')])).toBe(
      '\n5 checks: 1 in order, 1 warning, 2 faults, 1 skipped\n',
    )
  })

  it('take a failure as it is, sentence and next step', () => {
    const error = new TwdwError('E_LAKE', 'the meter is damaged', { hint: 'restore it' })
    expect(faultFrom('caps', error)).toEqual(fault('caps', 'E_LAKE', 'the meter is damaged', 'restore it'))
    expect(faultFrom('caps', new TwdwError('E_LAKE', 'gone')).remedy).toBeNull()
  })

  it.each([
    [3, 'E_REFUSED'],
    [7, 'E_CAP'],
    [0, undefined],
    [1, undefined],
    [243, undefined],
  ])('know what a status of %i meant', (status, code) => expect(codeOfStatus(status)).toBe(code))
})
