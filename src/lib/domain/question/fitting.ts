/** Which words of a preset go together. */
import { TwdwError } from '../../errors.ts'
import { CALENDAR, isTimeColumn, keysOfPreset, type Preset } from './preset.ts'

/** @throws TwdwError E_USAGE for a preset that asks for what there is not */
export function refuseUnfitting(preset: Preset): void {
  if (preset.cumulative) refuseTotals(preset)
  if (preset.compare !== undefined) refuseComparison(preset)
  if (preset.pivot !== undefined) refusePivot(preset)
}

function refuseTotals({ by, top, allTags }: Preset): void {
  const times = by.filter(isTimeColumn)
  const [time] = times
  if (times.length !== 1 || !CALENDAR.some(calendar => calendar === time)) {
    const what = times.length === 0 ? 'there is none' : `not along ${times.join(', ')}`
    throw new TwdwError('E_USAGE', `--cumulative adds up along one of ${CALENDAR.join(', ')}, and ${what}`, {
      hint: 'write --by day, with other columns beside it or not',
    })
  }
  if (top !== undefined && by.length === 1 && !allTags) {
    throw new TwdwError('E_USAGE', `--top ${top} picks some of the ${time}s, and --cumulative adds all of them up`, {
      hint: 'give one or the other',
    })
  }
}

function refuseComparison({ from, to, pivot }: Preset): void {
  if (from === undefined || to === undefined) {
    throw new TwdwError('E_USAGE', '--compare previous needs --from and --to: the span before is as long as theirs', {
      hint: 'write --from 2024-02-01 --to 2024-03-01, a month that is compared with the one before',
    })
  }
  if (pivot !== undefined) {
    throw new TwdwError('E_USAGE', '--pivot lays out one count a row, and --compare makes several', {
      hint: 'give one or the other',
    })
  }
}

function refusePivot(preset: Preset): void {
  const keys = keysOfPreset(preset)
  const { pivot } = preset
  if (pivot !== 'last' && !keys.some(key => key === pivot)) {
    throw new TwdwError('E_USAGE', `--pivot ${pivot} is none of the columns: ${keys.join(', ') || 'there is none'}`, {
      hint: `add ${pivot === 'tag' ? '--all-tags, or a second --tag' : `--by ${pivot}`}`,
    })
  }
  if (keys.length < 2) {
    throw new TwdwError('E_USAGE', '--pivot needs two columns, one to go down and one to go across', {
      hint: 'write --by day --by kind --pivot',
    })
  }
}
