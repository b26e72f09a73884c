/** What an exit status of twdw means, for whoever watches over its processes. */
import { codeOfStatus } from '../health/finding.ts'

const WORDS: Readonly<Record<string, string>> = {
  E_USAGE: 'usage or configuration',
  E_SOURCE: 'X cannot be reached',
  E_LAKE: 'lake unreachable or damaged',
  E_DATA: 'data failed a check',
  E_CAP: 'a spending cap is reached',
}

const MAX_SIGNAL = 64

/** @param refuser who says no to this job. @returns `status 5 (lake unreachable or damaged)`, `status 137 (ended by signal 9)`. */
export function statusText(status: number, refuser: 'X' | 'the store' = 'X'): string {
  const words =
    status > 128 && status <= 128 + MAX_SIGNAL ? `ended by signal ${status - 128}` : wordsOf(status, refuser)
  return `status ${status}${words === undefined ? '' : ` (${words})`}`
}

function wordsOf(status: number, refuser: string): string | undefined {
  const code = codeOfStatus(status) ?? ''
  return code === 'E_REFUSED' ? `refused by ${refuser}` : WORDS[code]
}
