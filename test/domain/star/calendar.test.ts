import { describe, expect, it } from 'vitest'
import type { Hour } from '../../../src/lib/domain/hour.ts'
import { LAYER2 } from '../../../src/lib/domain/layer2.ts'
import { buildCalendar, easterSunday, localYearsOf, nationalHolidays } from '../../../src/lib/domain/star/calendar.ts'
import { DAY_MS } from '../../../src/lib/domain/time-zone.ts'
import { plainRows } from '../../support/plain-rows.ts'

const isoDate = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10)
const calendarOf = (year: number, timeZone = 'America/Sao_Paulo') => plainRows(buildCalendar(year, timeZone))
const dayOf = (date: string, timeZone?: string) =>
  calendarOf(Number(date.slice(0, 4)), timeZone).find(row => row.local_date === date)

describe('localYearsOf', () => {
  it.each([
    ['2024-12-31T18', 'Asia/Kathmandu', [2024, 2025]],
    ['2024-12-31T17', 'Asia/Kathmandu', [2024]],
    ['2025-01-01T02', 'America/Sao_Paulo', [2024]],
    ['2025-01-01T03', 'America/Sao_Paulo', [2025]],
  ])('knows in which years %s lies in %s', (hour, timeZone, years) => {
    expect([...localYearsOf([hour as Hour], timeZone)]).toEqual(years)
  })

  it('has each year of several hours once', () => {
    const hours = ['2023-05-01T00', '2024-05-01T00', '2024-06-01T00'] as Hour[]
    expect([...localYearsOf(hours, 'UTC')]).toEqual([2023, 2024])
    expect([...localYearsOf([], 'UTC')]).toEqual([])
  })
})

describe('easterSunday', () => {
  it.each([
    '1961-04-02',
    '2000-04-23',
    '2008-03-23',
    '2011-04-24',
    '2018-04-01',
    '2019-04-21',
    '2020-04-12',
    '2021-04-04',
    '2024-03-31',
    '2025-04-20',
    '2026-04-05',
    '2038-04-25',
    '2076-04-19',
    '2285-03-22',
  ])('knows %s', date => {
    expect(isoDate(easterSunday(Number(date.slice(0, 4))))).toBe(date)
  })

  it('is always a Sunday between 22 March and 25 April', () => {
    for (let year = 1900; year <= 2200; year++) {
      const date = new Date(easterSunday(year) * DAY_MS)
      expect(date.getUTCDay()).toBe(0)
      expect(isoDate(easterSunday(year)) >= `${year}-03-22` && isoDate(easterSunday(year)) <= `${year}-04-25`).toBe(
        true,
      )
    }
  })
})

describe('nationalHolidays', () => {
  it('are those of the law, Good Friday after Easter', () => {
    expect(
      [...nationalHolidays(2024)].sort(([a], [b]) => a - b).map(([day, name]) => `${isoDate(day)} ${name}`),
    ).toEqual([
      '2024-01-01 Confraternização Universal',
      '2024-03-29 Paixão de Cristo',
      '2024-04-21 Tiradentes',
      '2024-05-01 Dia Mundial do Trabalho',
      '2024-09-07 Independência do Brasil',
      '2024-10-12 Nossa Senhora Aparecida',
      '2024-11-02 Finados',
      '2024-11-15 Proclamação da República',
      '2024-11-20 Dia Nacional de Zumbi e da Consciência Negra',
      '2024-12-25 Natal',
    ])
  })

  it('have no 20 November before 2024', () => {
    expect([...nationalHolidays(2023).keys()].map(isoDate)).not.toContain('2023-11-20')
    expect(nationalHolidays(2023).size).toBe(9)
  })

  it.each([2000, 2079])('keep both names where two fall on one day, as in %d', year => {
    expect(nationalHolidays(year).get(Date.UTC(year, 3, 21) / DAY_MS)).toBe('Paixão de Cristo / Tiradentes')
  })
})

describe('buildCalendar', () => {
  it('has every day of the year once, in the shape of dim_date', () => {
    for (const [year, days] of [
      [2023, 365],
      [2024, 366],
      [1900, 365],
      [2000, 366],
    ] as const) {
      const calendar = calendarOf(year)
      expect(calendar.map(row => row.local_date)).toEqual(
        Array.from({ length: days }, (_, i) => isoDate(Date.UTC(year, 0, 1) / DAY_MS + i)),
      )
    }
    expect(String(buildCalendar(2024, 'UTC').schema)).toBe(String(LAYER2.dim_date.schema))
  })

  it('describes a day', () => {
    expect(dayOf('2024-11-20')).toEqual({
      local_date: '2024-11-20',
      year: 2024,
      month: 11,
      day: 20,
      iso_year: 2024,
      iso_week: 47,
      weekday: 3,
      weekday_name: 'Wednesday',
      is_weekend: false,
      day_start: '2024-11-20T03:00:00.000Z',
      hours: 24,
      holiday: 'Dia Nacional de Zumbi e da Consciência Negra',
    })
  })

  it.each([
    ['2018-11-04', 23, '2018-11-04T03:00:00.000Z'],
    ['2019-02-16', 25, '2019-02-16T02:00:00.000Z'],
    ['2019-11-03', 24, '2019-11-03T03:00:00.000Z'],
  ])('gives %s in Sao Paulo %d hours from %s', (date, hours, day_start) => {
    expect(dayOf(date)).toMatchObject({ hours, day_start })
  })

  it('lets a day begin where the day before ended', () => {
    for (const timeZone of ['America/Sao_Paulo', 'Asia/Kathmandu', 'Australia/Lord_Howe']) {
      const days = [...calendarOf(2018, timeZone), ...calendarOf(2019, timeZone)]
      for (const [i, day] of days.slice(1).entries()) {
        const before = days[i]!
        expect(Date.parse(before.day_start as string) + (before.hours as number) * 3_600_000).toBe(
          Date.parse(day.day_start as string),
        )
      }
    }
  })

  it('leaves out a day that the zone left out', () => {
    const dates = calendarOf(2011, 'Pacific/Apia').map(row => row.local_date)
    expect(dates).toHaveLength(364)
    expect(dates).not.toContain('2011-12-30')
  })

  it.each([
    ['2020-12-31', 2020, 53, 4],
    ['2021-01-01', 2020, 53, 5],
    ['2021-01-03', 2020, 53, 7],
    ['2021-01-04', 2021, 1, 1],
    ['2018-12-31', 2019, 1, 1],
    ['2016-01-01', 2015, 53, 5],
    ['2024-02-29', 2024, 9, 4],
  ])('puts %s into the ISO week %d-W%d, weekday %d', (date, iso_year, iso_week, weekday) => {
    expect(dayOf(date)).toMatchObject({ iso_year, iso_week, weekday, is_weekend: weekday > 5 })
  })
})
