/** What was forgotten, in sentences, or as JSON. */
import { counted } from '../domain/wording.ts'
import type { ForgetReport } from './forget.ts'

export function reportToText(report: ForgetReport, isJson: boolean): string {
  if (isJson) return `${JSON.stringify(report)}\n`
  const { dryRun, tweets, users, seconds } = report
  const named = [tweets > 0 && counted(tweets, 'tweet'), users > 0 && counted(users, 'user')]
  const what = named.filter(text => text !== false).join(' and ')
  const found = foundTexts(report)
  if (found.length === 0) {
    const kept = dryRun ? '' : '; should anything of it come again, it is left out'
    return `nothing to forget: neither the lake nor the journal holds anything of ${what}${kept}\n`
  }
  const lines = found.map(text => `  ${text}\n`).join('')
  if (dryRun) return `of ${what} these would go:\n${lines}`
  return `${what} forgotten, in ${seconds.toFixed(1)} s:\n${lines}${leftText(report)}`
}

function foundTexts({ dryRun, layer1, rejected, layer2, journal }: ForgetReport): string[] {
  const retweets = layer1.retweets === 0 ? '' : `, ${layer1.retweets.toLocaleString('en-US')} of them retweets`
  const files = `in ${counted(layer1.files, 'file')}`
  const hours = layer2.hours.length
  const texts: (string | false)[] = [
    layer1.removed > 0 && `layer1: ${counted(layer1.removed, 'tweet')}${retweets}, ${files}`,
    layer1.cut > 0 && `layer1: what the lines of ${counted(layer1.cut, 'other tweet')} held of it`,
    rejected > 0 && `layer1: ${counted(rejected, 'rejected line')}`,
    layer2.removed > 0 && `layer2: ${counted(layer2.removed, 'tweet')}`,
    hours > 0 && `layer2: ${counted(hours, 'hour')} ${dryRun ? 'to be consolidated' : 'consolidated'} again`,
    journal.damaged > 0 && `journal: ${counted(journal.damaged, 'damaged segment')}`,
    journal.lines > 0 && `journal: ${counted(journal.lines, 'line')}`,
  ]
  return texts.filter(text => text !== false)
}

/** What is left though it is forgotten. */
function leftText({ journal }: ForgetReport): string {
  if (journal.left === 0) return ''
  const [is, them] = journal.left === 1 ? ['is', 'it'] : ['are', 'them']
  return `${counted(journal.left, 'line')} ${is} still in the journal of a running listener, which leaves ${them} out when it seals it\n`
}
