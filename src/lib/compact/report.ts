/** What was compacted, in words for whoever ran it: `twdw compact`, and `twdw consolidate --compact`. */
import { bytesText, counted, hoursText } from '../domain/wording.ts'
import type { CompactedHour, CompactReport } from './compact.ts'

/** More hours than this are told one by one only to those who ask for it. */
const HOURS_TOLD = 12

/** @param report of at least one hour. @returns lines for hours, where they are few, and one for all of them */
export function compactedLines({ hours, totals, left, seconds, dryRun }: CompactReport, tellsAll: boolean): string[] {
  const lines = tellsAll || dryRun || hours.length <= HOURS_TOLD ? hours.map(hourToText) : []
  const span = hoursText(hours.length, hours[0]!.hour, hours.at(-1)!.hour)
  const rest = left === 0 ? '' : `; ${leftText(left)}`
  return [...lines, `${span}: ${changeToText(totals)}${dryRun ? '' : ` in ${seconds.toFixed(1)} s${rest}`}`]
}

/** @param hours n >= 1 that were not come to */
export function leftText(hours: number): string {
  return `${counted(hours, 'hour')} left for the next run`
}

function hourToText(hour: CompactedHour): string {
  return `${hour.hour}  ${changeToText(hour)}`
}

function changeToText({ filesBefore, filesAfter, bytesBefore, bytesAfter }: CompactReport['totals']): string {
  if (bytesAfter === undefined) {
    return `${counted(filesBefore, 'file')} of ${bytesText(bytesBefore)} would become ${filesAfter.toLocaleString('en-US')}`
  }
  const after = `${filesAfter.toLocaleString('en-US')} of ${bytesText(bytesAfter)}`
  return `${counted(filesBefore, 'file')} of ${bytesText(bytesBefore)} became ${after}`
}
