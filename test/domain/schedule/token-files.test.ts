import { describe, expect, it } from 'vitest'
import { crontabBlock } from '../../../src/lib/domain/schedule/crontab.ts'
import type { Jobs } from '../../../src/lib/domain/schedule/jobs.ts'
import { tokenFileOfCrontab, tokenFileOfUnit } from '../../../src/lib/domain/schedule/token-files.ts'
import { unitFiles } from '../../../src/lib/domain/schedule/unit-files.ts'

const jobs = (tokenFile: string | undefined): Jobs => ({
  executable: '/usr/local/bin/twdw',
  lake: '/srv/lake',
  stateDir: undefined,
  tags: ['covid19'],
  listenOptions: [],
  compacts: true,
  lakeOptions: [],
  tokenFile,
})

describe('the token file of a schedule', () => {
  it.each(['/etc/twdw/x_bearer_token', '/srv/100 %/my token'])(
    'is the one that the unit was written with: %s',
    path => {
      const [listen] = unitFiles({ jobs: jobs(path), scope: 'system', runAs: 'ana' })
      expect(tokenFileOfUnit(listen!.text)).toBe(path)
    },
  )

  it('is the one that the crontab was written with, of this lake', () => {
    const others = crontabBlock({ ...jobs('/home/ana/other'), lake: '/srv/other' })
    const crontab = `MAILTO=ana\n${others}${crontabBlock(jobs('/home/ana/.config/twdw/x_bearer_token'))}`
    expect(tokenFileOfCrontab(crontab, '/srv/lake')).toBe('/home/ana/.config/twdw/x_bearer_token')
    expect(tokenFileOfCrontab(crontab, '/srv/la')).toBeUndefined()
    expect(tokenFileOfCrontab(crontabBlock(jobs('/home/ana/my token')), '/srv/lake')).toBeUndefined()
  })

  it('is none for a source that needs no token', () => {
    const [listen] = unitFiles({ jobs: jobs(undefined), scope: 'system', runAs: 'ana' })
    expect(tokenFileOfUnit(listen!.text)).toBeUndefined()
    expect(tokenFileOfCrontab(crontabBlock(jobs(undefined)), '/srv/lake')).toBeUndefined()
  })
})
