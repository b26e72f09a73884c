/**
 * Problems: what X says is wrong, and what that means for us.
 *
 * X says it in the body of a refusal and, just as well, in a line of a running stream. The status alone does not
 * decide: 429 is a pause, a taken connection slot or a used-up month. Type URIs come with several hosts and as path or
 * fragment, so only their last word counts.
 */

/** One problem in X's words; '' where it did not say. */
export interface XProblem {
  /** last word of the type URI: `usage-capped`, `streaming-connection`, … */
  type: string
  title: string
  detail: string
  /** `connection_issue` or `disconnect_type`: `TooManyConnections`, `ForceDisconnect`, … */
  issue: string
  /** `reason`, `period` and the like: further words that tell cases of one type apart */
  reason: string
}

/** What a problem means, in the words that decide what to do about it. */
export type XVerdict =
  | 'token' // the bearer token is not valid
  | 'credits' // the account is out of credits
  | 'access' // the app may not do this
  | 'spending' // the owner's own spending limit is reached
  | 'usage-cap' // the account's cap of tweets is reached
  | 'request' // X does not understand the request
  | 'address' // what answers is not X's API
  | 'rules' // there are no rules, or none that work
  | 'slot' // another connection of this app is open
  | 'rate' // too many requests
  | 'server' // anything that may pass by itself

const NONE: XProblem = { type: '', title: '', detail: '', issue: '', reason: '' }
/** Notices are some hundred bytes; parsing longer lines twice would cost for nothing. */
const MAX_NOTICE_BYTES = 65_536
const DATA_FIRST = new TextEncoder().encode('{"data"')

/** The problem in the body of a refusal; all '' where the body is no JSON of X's. */
export function readProblem(body: string): XProblem {
  return problemIn(parseJson(body)) ?? NONE
}

/** A parameter of a request, or one word in its list, that X does not know. */
export interface UnknownWord {
  parameter: string
  /** undefined: the parameter itself */
  word: string | undefined
}

/** What X names as unknown in the body of a 400; [] where it names nothing. Its sentences say it more exactly than its lists. */
export function readUnknownWords(body: string): UnknownWord[] {
  const value = parseJson(body)
  const errors = isRecord(value) && Array.isArray(value.errors) ? value.errors.filter(isRecord) : []
  return errors.flatMap(({ message, parameters }): UnknownWord[] => {
    const sentence = typeof message === 'string' ? message : ''
    const [, unknown] = /query parameter \[([\w.]+)\] is not one of/.exec(sentence) ?? []
    if (unknown !== undefined) return [{ parameter: unknown, word: undefined }]
    const [, said] = /value \[([^\]]*)\] is not one of/.exec(sentence) ?? []
    return Object.entries(isRecord(parameters) ? parameters : {}).flatMap(([parameter, list]) => {
      const words = said ?? (Array.isArray(list) ? list.join(',') : '')
      return words.split(',').flatMap(word => (word.trim() === '' ? [] : [{ parameter, word: word.trim() }]))
    })
  })
}

/**
 * The problem of a stream's line that ends the connection; undefined for a tweet (also one with `errors` about
 * what it refers to) and for any other line. Cheap for tweets.
 */
export function readNotice(line: Uint8Array): XProblem | undefined {
  if (line.length > MAX_NOTICE_BYTES || DATA_FIRST.every((byte, i) => line[i] === byte)) return undefined
  const value = parseJson(new TextDecoder().decode(line))
  if (!isRecord(value) || 'data' in value) return undefined
  const problem = problemIn(value)
  return problem !== undefined && (problem.issue !== '' || ENDING_TYPES.has(problem.type)) ? problem : undefined
}

const ENDING_TYPES: ReadonlySet<string> = new Set([
  'operational-disconnect',
  'client-disconnected',
  'streaming-connection',
  'usage-capped',
  'credits',
  'rate-limit-exceeded',
  'client-forbidden',
])

/** @param status of the HTTP answer; undefined for a line of a stream */
export function judge(status: number | undefined, problem: XProblem): XVerdict {
  return judgeBody(problem) ?? judgeStatus(status, problem)
}

function judgeBody({ type, issue, title }: XProblem): XVerdict | undefined {
  switch (issue) {
    case 'TooManyConnections':
      return 'slot'
    case 'RuleConfigurationIssue':
    case 'RulesInvalidIssue':
    case 'InvalidRules':
      return 'rules'
  }
  if (type === 'usage-capped' || title === 'UsageCapExceeded') return 'usage-cap'
  if (type === 'credits' || title === 'CreditsDepleted') return 'credits'
  if (type === 'rate-limit-exceeded') return 'rate'
  return type === 'client-forbidden' ? 'access' : undefined
}

function judgeStatus(status: number | undefined, problem: XProblem): XVerdict {
  switch (status) {
    case 400:
      return 'request'
    case 401:
      return 'token'
    case 402:
      return 'credits'
    case 403:
      return /spend/i.test(`${problem.title} ${problem.detail} ${problem.reason}`) ? 'spending' : 'access'
    case 301:
    case 308:
    case 404:
    case 410:
      return 'address'
    case 420:
    case 429:
      return 'rate'
    default:
      return 'server'
  }
}

/** A problem in one line for a person: `title: detail (issue)`, without control characters; '' for none. */
export function problemText(problem: XProblem): string {
  const { title, detail, issue } = problem
  const said = title === detail || detail === '' ? title : title === '' ? detail : `${title}: ${detail}`
  const words = issue === '' || said.includes(issue) ? said : said === '' ? issue : `${said} (${issue})`
  const line = words.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim()
  return line.length > 200 ? `${line.slice(0, 199)}…` : line
}

/** The body names the problem and the first of its `errors` the particulars, or one of them says both. */
function problemIn(value: unknown): XProblem | undefined {
  if (!isRecord(value)) return undefined
  const first = (Array.isArray(value.errors) ? value.errors.find(isRecord) : undefined) ?? {}
  const problem = {
    type: lastWord(firstWord(value.type, first.type)),
    title: firstWord(value.title, first.title),
    detail: firstWord(first.detail, first.message, value.detail),
    issue: firstWord(value.connection_issue, value.disconnect_type, first.connection_issue, first.disconnect_type),
    reason: firstWord(value.reason, value.period, first.reason, first.period),
  }
  return Object.values(problem).some(text => text !== '') ? problem : undefined
}

function firstWord(...candidates: unknown[]): string {
  return (candidates.find(value => typeof value === 'string' && value !== '') as string | undefined) ?? ''
}

/** `usage-capped` of `https://api.x.com/2/problems/usage-capped`; '' of `about:blank`. */
function lastWord(uri: string): string {
  return uri === 'about:blank' ? '' : (uri.split(/[/#]/).at(-1) ?? '')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
