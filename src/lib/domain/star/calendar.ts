/**
 * dim_date: the days of a local year, their weeks, their length, and Brazil's national holidays.
 *
 * Days are counted, never added up from hours: where summer time begins or ends a day has 23 or 25 of them,
 * and Samoa left out 2011-12-30 altogether.
 */
import type { Table } from 'apache-arrow'
import {
  boolsToColumn,
  columnsToTable,
  daysToColumn,
  float64sToColumn,
  instantsToColumn,
  int32sToColumn,
  stringsToColumn,
} from '../columns/columns.ts'
import { HOUR_MS, type Hour, hourStartMs } from '../hour.ts'
import { LAYER2 } from '../layer2.ts'
import { createWallClock, DAY_MS } from '../time-zone.ts'

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/**
 * The local years in which hours lie: one for an hour, or two where it contains the New Year of the zone.
 * @param timeZone a name that `parseTimeZone` accepts
 */
export function localYearsOf(hours: readonly Hour[], timeZone: string): Set<number> {
  const { offsetMs } = createWallClock(timeZone)
  const yearOf = (ms: number) => new Date(ms + offsetMs(ms)).getUTCFullYear()
  return new Set(hours.flatMap(hour => [yearOf(hourStartMs(hour)), yearOf(hourStartMs(hour) + HOUR_MS - 1)]))
}

/**
 * One row for each day of the year that there was in the zone.
 * @param year of the local calendar, 1 to 9999
 * @param timeZone a name that `parseTimeZone` accepts
 */
export function buildCalendar(year: number, timeZone: string): Table {
  const wallClock = createWallClock(timeZone)
  const holidays = nationalHolidays(year)
  const hoursOf = (day: number) => (wallClock.dayStartMs(day + 1) - wallClock.dayStartMs(day)) / HOUR_MS
  const days = daysOfYear(year).filter(day => hoursOf(day) > 0)
  const dates = days.map(day => new Date(day * DAY_MS))
  const weeks = days.map(isoWeekOf)
  return columnsToTable(LAYER2.dim_date.schema, days.length, {
    local_date: daysToColumn(Int32Array.from(days)),
    year: int32sToColumn(new Int32Array(days.length).fill(year)),
    month: int32sToColumn(Int32Array.from(dates, date => date.getUTCMonth() + 1)),
    day: int32sToColumn(Int32Array.from(dates, date => date.getUTCDate())),
    iso_year: int32sToColumn(Int32Array.from(weeks, week => week.year)),
    iso_week: int32sToColumn(Int32Array.from(weeks, week => week.week)),
    weekday: int32sToColumn(Int32Array.from(days, weekdayOf)),
    weekday_name: stringsToColumn(days.map(day => WEEKDAYS[weekdayOf(day) - 1]!)),
    is_weekend: boolsToColumn(Uint8Array.from(days, day => (weekdayOf(day) >= 6 ? 1 : 0))),
    day_start: instantsToColumn(Float64Array.from(days, wallClock.dayStartMs)),
    hours: float64sToColumn(Float64Array.from(days, hoursOf)),
    holiday: stringsToColumn(days.map(day => holidays.get(day) ?? null)),
  })
}

/**
 * Brazil's national holidays by law (662/1949, 6.802/1980, 9.093/1995, 10.607/2002, 14.759/2023); Carnival and Corpus
 * Christi are none. @returns days since 1970-01-01 → name in Portuguese
 */
export function nationalHolidays(year: number): Map<number, string> {
  const holidays = new Map([
    [dayNumber(year, 1, 1), 'Confraternização Universal'],
    [easterSunday(year) - 2, 'Paixão de Cristo'],
    [dayNumber(year, 5, 1), 'Dia Mundial do Trabalho'],
    [dayNumber(year, 9, 7), 'Independência do Brasil'],
    [dayNumber(year, 10, 12), 'Nossa Senhora Aparecida'],
    [dayNumber(year, 11, 2), 'Finados'],
    [dayNumber(year, 11, 15), 'Proclamação da República'],
    [dayNumber(year, 12, 25), 'Natal'],
  ])
  if (year >= 2024) holidays.set(dayNumber(year, 11, 20), 'Dia Nacional de Zumbi e da Consciência Negra')
  // Good Friday fell on it in 2000 and will again in 2079: one day, both names
  const tiradentes = dayNumber(year, 4, 21)
  holidays.set(tiradentes, [holidays.get(tiradentes), 'Tiradentes'].filter(name => name !== undefined).join(' / '))
  return holidays
}

/** Easter Sunday of the Gregorian calendar, in days since 1970-01-01 (after Meeus, Jones and Butcher). */
export function easterSunday(year: number): number {
  const golden = year % 19
  const century = Math.floor(year / 100)
  const leapCenturies = Math.floor(century / 4)
  const moonShift = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3)
  const moonAge = (19 * golden + century - leapCenturies - moonShift + 15) % 30
  const leapYears = Math.floor((year % 100) / 4)
  const toSunday = (32 + 2 * (century % 4) + 2 * leapYears - moonAge - (year % 4)) % 7
  const lateMoon = Math.floor((golden + 11 * moonAge + 22 * toSunday) / 451)
  return dayNumber(year, 3, 22 + moonAge + toSunday - 7 * lateMoon)
}

/** 1 = Monday to 7 = Sunday. @param day since 1970-01-01, a Thursday */
function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1
}

/** A week belongs to the year that its Thursday lies in. */
function isoWeekOf(day: number): { year: number; week: number } {
  const thursday = day - weekdayOf(day) + 4
  const year = new Date(thursday * DAY_MS).getUTCFullYear()
  return { year, week: Math.floor((thursday - dayNumber(year, 1, 1)) / 7) + 1 }
}

function daysOfYear(year: number): number[] {
  const first = dayNumber(year, 1, 1)
  return Array.from({ length: dayNumber(year + 1, 1, 1) - first }, (_, i) => first + i)
}

/** Days since 1970-01-01. @param day may lie past the end of the month */
function dayNumber(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day) / DAY_MS
}
