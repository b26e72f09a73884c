/** What a run did, in a sentence, or as JSON. */
import { counted, hoursText } from '../domain/wording.ts'
import { foreignText } from '../domain/x/matched.ts'
import { microUsdOf, usdText } from '../domain/x/spend.ts'
import { leftOutText } from './left-out.ts'
import type { ListenReport } from './listen.ts'
import type { SpendingReport } from './spending.ts'

export function reportToText(report: ListenReport, isJson: boolean): string {
  if (isJson) return `${JSON.stringify(report)}\n`
  const { tweets, filled, rejected, foreign, forgotten, lines, seconds, hours, why, spent } = report
  const span = hours.length === 0 ? '' : ` in ${hoursText(hours.length, hours[0]!, hours.at(-1)!)}`
  const search = filled === 0 ? '' : `; ${filled.toLocaleString('en-US')} of them found by search`
  const read = `${counted(rejected, 'line')} rejected; ${counted(lines, 'line')} read in ${seconds.toFixed(1)} s`
  const left = foreign === 0 ? '' : `; ${foreignText(foreign)}`
  const cost = spent === undefined ? '' : `; ${spentText(spent)}`
  return `${counted(tweets - forgotten.tweets, 'tweet')} stored${span}${search}; ${read}${leftOutText(forgotten)}${left}${cost}; ${why}\n`
}

function spentText({ dayUsd, totalUsd }: SpendingReport): string {
  return `${usdText(microUsdOf(dayUsd))} spent today (UTC), ${usdText(microUsdOf(totalUsd))} in all`
}
