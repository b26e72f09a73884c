import { describe, expect, it } from 'vitest'
import {
  bareConsolidateWords,
  consolidateWords,
  isWithin,
  listenWords,
  refuseControlCharacters,
  stateFolder,
} from '../../../src/lib/domain/schedule/jobs.ts'
import { JOBS } from '../../support/schedule-fixtures.ts'

describe('the words of the jobs', () => {
  it('name the lake for both jobs, and tags and further words for the listener only', () => {
    const jobs = { ...JOBS, tags: ['covid19', 'vacina'], listenOptions: ['--lang=pt'] }
    expect(listenWords(jobs)).toEqual([
      '/usr/local/bin/twdw',
      'listen',
      'covid19',
      'vacina',
      '--lake',
      '/srv/lake',
      '--lang=pt',
    ])
    const consolidate = ['/usr/local/bin/twdw', 'consolidate', '--lake', '/srv/lake']
    expect(consolidateWords(jobs)).toEqual([...consolidate, '--compact'])
    expect(bareConsolidateWords(jobs)).toEqual(consolidate)
    expect(consolidateWords({ ...jobs, compacts: false })).toEqual(consolidate)
  })

  it('name the state folder where it is not the one in the lake', () => {
    const jobs = { ...JOBS, stateDir: '/var/spool/twdw' }
    expect(listenWords(jobs).slice(-2)).toEqual(['--state-dir', '/var/spool/twdw'])
    expect(bareConsolidateWords(jobs).slice(-2)).toEqual(['--state-dir', '/var/spool/twdw'])
    expect([stateFolder(jobs), stateFolder(JOBS)]).toEqual(['/var/spool/twdw', '/srv/lake/_state'])
  })

  it('say how a lake in S3 is reached, and never take a place in it for a folder', () => {
    const jobs = { ...JOBS, lake: 's3://bucket/lake', lakeOptions: ['--s3-region=eu-west-1'] }
    const place = ['--lake', 's3://bucket/lake', '--state-dir', '/var/lib/twdw/state', '--s3-region=eu-west-1']
    expect(listenWords({ ...jobs, stateDir: '/var/lib/twdw/state' }).slice(3)).toEqual(place)
    expect(bareConsolidateWords({ ...jobs, stateDir: '/var/lib/twdw/state' }).slice(2)).toEqual(place)
    expect(() => stateFolder(jobs)).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: 'the journal of s3://bucket/lake has no folder on this machine',
        hint: 'name one with --state-dir',
      }),
    )
  })

  it('never hold the token, only where it lies', () => {
    expect([...listenWords(JOBS), ...consolidateWords(JOBS)].join(' ')).not.toContain('token')
  })

  it('are refused with a line end in them, which would be a second line of a unit or a crontab', () => {
    expect(() => refuseControlCharacters(['fine', 'lake\nExecStart=/bin/sh'])).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: '"lake\\nExecStart=/bin/sh" holds a control character, and a line cannot',
        hint: 'leave that character out',
      }),
    )
    expect(() => refuseControlCharacters(['日本 \u200c%$"\\'])).not.toThrow()
  })
})

describe('isWithin', () => {
  it('goes by whole names of folders', () => {
    expect(isWithin('/home', '/home')).toBe(true)
    expect(isWithin('/home', '/home/ana/lake')).toBe(true)
    expect(isWithin('/home', '/homes/ana')).toBe(false)
    expect(isWithin('/home/ana', '/home')).toBe(false)
  })
})
