import { describe, expect, it } from 'vitest'
import { parseCronTimes } from '../../../src/lib/domain/schedule/cron-times.ts'

/** The next times after an instant. */
function next(expression: string, timeZone: string, from: string, count = 1): string[] {
  const times = parseCronTimes(expression, timeZone)
  const found: string[] = []
  for (let ms = Date.parse(from); found.length < count; ) {
    const after = times.after(ms)
    if (after === undefined) break
    found.push(new Date(after).toISOString().replace('.000', ''))
    ms = after
  }
  return found
}

describe('cron times', () => {
  it('come after an instant, never at it', () => {
    expect(next('5 * * * *', 'UTC', '2026-01-01T10:04:59.999Z')).toEqual(['2026-01-01T10:05:00Z'])
    expect(next('5 * * * *', 'UTC', '2026-01-01T10:05:00.000Z')).toEqual(['2026-01-01T11:05:00Z'])
    expect(next('5 * * * *', 'UTC', '2026-01-01T10:05:00.500Z')).toEqual(['2026-01-01T11:05:00Z'])
  })

  it('have seconds where the expression has six fields', () => {
    expect(next('*/20 * * * * *', 'UTC', '2026-01-01T10:05:00.500Z', 3)).toEqual([
      '2026-01-01T10:05:20Z',
      '2026-01-01T10:05:40Z',
      '2026-01-01T10:06:00Z',
    ])
  })

  it('are those of the zone, also of one that is off by three quarters of an hour', () => {
    expect(next('5 * * * *', 'Asia/Kathmandu', '2026-01-01T10:00Z')).toEqual(['2026-01-01T10:20:00Z'])
    expect(next('0 9 * * mon', 'America/Sao_Paulo', '2026-01-01T10:00Z')).toEqual(['2026-01-05T12:00:00Z'])
  })

  it('come every hour that passes when the clocks are put back or forward', () => {
    const back = ['2026-10-24T23:05:00Z', '2026-10-25T00:05:00Z', '2026-10-25T01:05:00Z', '2026-10-25T02:05:00Z']
    expect(next('5 * * * *', 'Europe/Berlin', '2026-10-24T22:30Z', 4)).toEqual(back)
    const forward = ['2026-03-29T00:05:00Z', '2026-03-29T01:05:00Z', '2026-03-29T02:05:00Z']
    expect(next('5 * * * *', 'Europe/Berlin', '2026-03-28T23:30Z', 3)).toEqual(forward)
  })

  it('come once at a time of the day that a night has twice, or not at all', () => {
    const back = ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z']
    expect(next('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual(back)
    const forward = ['2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z']
    expect(next('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', 2)).toEqual(forward)
  })

  it('are none where a date never comes', () => {
    expect(next('0 0 30 2 *', 'UTC', '2026-01-01T00:00Z')).toEqual([])
  })

  it.each([
    ['65 * * * *', '"65 * * * *" is no cron expression: invalid value for minute: 65'],
    ['5 * * *', '"5 * * *" is no cron expression: it has to have five fields, or six with seconds before them'],
    ['', '"" is no cron expression: it has to have five fields, or six with seconds before them'],
    ['? * * * *', '"? * * * *" is no cron expression: ? stands for the time at which twdw was started'],
    [
      '2030-01-01T00:00:00',
      '"2030-01-01T00:00:00" is no cron expression: it has to have five fields, or six with seconds before them',
    ],
  ])('refuses %j', (expression, message) => {
    expect(() => parseCronTimes(expression, 'UTC')).toThrow(expect.objectContaining({ code: 'E_USAGE', message }))
  })
})
