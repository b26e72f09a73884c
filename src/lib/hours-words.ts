/** Words that name UTC hours, for all commands that go through a lake hour by hour. */
import { type Hour, type HourRange, nextHour, parseHour } from './domain/hour.ts'
import { TwdwError } from './errors.ts'
import { type Options, parseDuration, type Values, word, wordOr } from './settings.ts'

export const HOURS_OPTIONS = {
  hour: word(parseHour, { describe: 'One UTC hour, e.g. 2024-01-01T10' }),
  from: word(parseHour, { describe: 'First UTC hour' }),
  to: word(parseHour, { describe: 'UTC hour before which to stop' }),
} satisfies Options

/** Which hours are old enough to be compacted. */
export const OLDER_THAN_OPTION = wordOr('1d', parseDuration, {
  describe: 'Compact only hours that ended so long ago',
})

/** @returns the range, and the hour where it was named alone. @throws TwdwError E_USAGE for both at once, and for a range without an hour */
export function hoursOf({ hour, from, to }: Values<typeof HOURS_OPTIONS>): {
  range: HourRange
  namedHour: Hour | undefined
} {
  if (hour !== undefined && (from !== undefined || to !== undefined)) {
    throw new TwdwError('E_USAGE', '--hour names one hour, and --from or --to a range', {
      hint: 'give one or the other',
    })
  }
  if (from !== undefined && to !== undefined && from >= to) {
    throw new TwdwError('E_USAGE', `the range from ${from} to ${to} holds no hour`, {
      hint: '--to must be after --from',
    })
  }
  return { range: hour === undefined ? { from, to } : { from: hour, to: nextHour(hour) }, namedHour: hour }
}
