/** What an exit status of twdw means, for whoever watches over its processes. */
import { codeOfStatus } from '../health/finding.ts'

const WORDS: Readonly<Record<string, string>> = {
  E_USAGE: 'usage or configuration',
  E_REFUSED: 'refused by X',
  E_SOURCE: 'X cannot be reached',
  E_LAKE: 'lake unreachable or damaged',
  E_DATA: 'data failed a check',
  E_CAP: 'a spending cap is reached',
}

const MAX_SIGNAL = 64

/** `status 5 (lake unreachable or damaged)`, `status 137 (killed by signal 9)`. */
export function statusText(status: number): string {
  const words =
    status > 128 && status <= 128 + MAX_SIGNAL ? `ended by signal ${status - 128}` : WORDS[codeOfStatus(status) ?? '']
  return `status ${status}${words === undefined ? '' : ` (${words})`}`
}
