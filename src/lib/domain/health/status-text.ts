/** The status as a person reads it: how the listener is first, then what it left, a line for each thing. */
import { lengthMs, unionOf } from '../time-spans.ts'
import { bytesText, counted, hoursText, oneLine, spanText } from '../wording.ts'
import { capsText, microUsdOf, usdText } from '../x/spend.ts'
import type { Listener } from './liveness.ts'
import { type Mood, markText } from './marks.ts'
import type { Pulse, PulseSpending } from './pulse.ts'
import type { StatusReport, StatusSessions } from './status-report.ts'

/** Widest label and a gap. */
const LABEL_CELLS = 12
/** Pending hours that are named one by one; of more the first and the last are. */
const HOURS_NAMED = 4

/** A label and what stands behind it. */
type Row = readonly [label: string, text: string]

export function statusToText(report: StatusReport, isColored: boolean): string {
  const { listeners } = report
  const none = `${markText('○', 'idle', isColored)} nothing has listened for this lake yet, as far as is known here\n`
  const blocks = listeners.map(listener => listenerText(listener, Date.parse(report.at), isColored))
  return `${blocks.join('\n') || none}\n${rowsText(lakeRows(report))}`
}

function rowsText(rows: readonly Row[]): string {
  return rows.map(([label, text]) => `  ${label.padEnd(LABEL_CELLS)}${oneLine(text)}\n`).join('')
}

const SOURCES = { stream: 'X', search: 'X', replay: 'files', demo: 'the generator' } as const

const MOODS: Readonly<Record<Listener['state'], Mood>> = {
  starting: 'careful',
  connecting: 'careful',
  connected: 'ok',
  waiting: 'careful',
  paused: 'bad',
  silent: 'bad',
  untold: 'careful',
  ended: 'idle',
  failed: 'bad',
  died: 'bad',
}

function listenerText(listener: Listener, nowMs: number, isColored: boolean): string {
  const mark = markText(listener.isAlive ? '●' : '○', MOODS[listener.state], isColored)
  const rows = listener.state === 'untold' ? [] : pulseRows(listener, nowMs)
  return `${mark} ${oneLine(headline(listener, nowMs))}\n${rowsText(rows)}`
}

function headline({ state, holder, pulse }: Listener, nowMs: number): string {
  if (pulse === null || state === 'untold') return `a listener runs and has told nothing yet: ${holder ?? ''}`
  const to = SOURCES[pulse.source]
  const who = `process ${pulse.pid} on ${pulse.host}, twdw ${pulse.version}, since ${atText(pulse.since, nowMs)}`
  const because = 'because' in pulse.state ? pulse.state.because : ''
  switch (state) {
    case 'connected':
      return `listening to ${to}: ${who}`
    case 'starting':
      return `storing what an earlier run left, before it listens to ${to}: ${who}`
    case 'connecting':
      return `connecting to ${to}: ${who}`
    case 'waiting':
      return `waiting before it asks ${to} again: ${because}: ${who}`
    case 'paused':
      return `not reading ${to} for now, since ${atText(pulse.state.since, nowMs)}: ${because}: ${who}`
    case 'silent':
      return `runs, and gave no sign of life since ${atText(pulse.at, nowMs)}: ${who}`
    case 'ended':
    case 'failed':
      return `not listening to ${to} since ${atText(pulse.state.since, nowMs)}: ${because}`
    case 'died':
      return `not listening to ${to}: process ${pulse.pid} is gone without a word; last sign of life ${atText(pulse.at, nowMs)}`
  }
}

function pulseRows({ state, isAlive, pulse }: Listener, nowMs: number): Row[] {
  if (pulse === null) return []
  const { lastTweet, rate, lag, rules, lastHeardAt } = pulse
  const run = `${counted(pulse.tweets, 'tweet')} of ${counted(pulse.lines, 'line')} in this run, ${pulse.rejected} rejected`
  const rows: (Row | false)[] = [
    state === 'connected' && ['session', `${sessionText(pulse)}, since ${atText(pulse.state.since, nowMs)}`],
    pulse.state.is === 'waiting' && isAlive && ['next try', atText(pulse.state.until, nowMs)],
    lastHeardAt !== null && isAlive && ['heard', atText(lastHeardAt, nowMs)],
    lastTweet !== null && ['last tweet', `${lastTweet.id}, captured ${atText(lastTweet.capturedAt, nowMs)}`],
    isAlive && [
      'rate',
      `${rateText(rate.minute)} tweets/s in the last minute, ${rateText(rate.hour)} in the last hour`,
    ],
    isAlive && lag !== null && ['lag', `p50 ${spanText(lag.p50Ms)}, p99 ${spanText(lag.p99Ms)}, in the last 5 min`],
    ['captured', run],
    isAlive && rules.length > 0 && ['rules', rules.map(({ name, value }) => ruleText(name, value)).join(' · ')],
  ]
  return rows.filter(row => row !== false)
}

function sessionText({ session, sessions }: Pulse): string {
  return `${session ?? 'no line yet'}, number ${sessions} of this run`
}

function ruleText(name: string, value: string): string {
  return value === `#${name}` ? value : `${name} (${value})`
}

/** Two figures or so: a rate is never exact. */
function rateText(perSecond: number): string {
  const digits = perSecond === 0 || perSecond >= 100 ? 0 : perSecond >= 1 ? 1 : 3
  return perSecond.toLocaleString('en-US', { minimumFractionDigits: 0, maximumFractionDigits: digits })
}

function lakeRows(report: StatusReport): Row[] {
  const { spending, journal, lake, forgotten, sessions } = report
  const { hours } = lake
  const span = hours === null ? 'no tweets yet' : hoursText(hours.count, hours.first, hours.last)
  const size = `${bytesText(lake.bytes)} in ${counted(lake.files, 'file')}`
  const rejected = rejectedText(report)
  const rows: (Row | false)[] = [
    spending !== null && ['spent', spendingText(spending)],
    ['journal', journalText(journal)],
    ['lake', `${lake.url}: ${span}; ${counted(lake.tweets, 'tweet')} consolidated; ${size}; ${lake.timeZone}`],
    ['pending', pendingText(report)],
    rejected !== '' && ['rejected', rejected],
    forgotten !== null && forgotten.tweets + forgotten.users > 0 && ['forgotten', forgottenText(forgotten)],
    sessions.last !== null && ['sessions', sessionsText(report, sessions.last)],
    report.coverage.length > 0 && ['gaps', gapsText(report)],
  ]
  return rows.filter(row => row !== false)
}

function forgottenText({ tweets, users }: { tweets: number; users: number }): string {
  return `${counted(tweets, 'tweet')} and ${counted(users, 'user')}: left out of every answer, and of what is stored from then on`
}

function spendingText(spending: PulseSpending): string {
  const { day, maxUsd, maxUsdPerDay } = spending
  const micro = (usd: number | null) => (usd === null ? undefined : microUsdOf(usd))
  const spent = { day, dayMicroUsd: microUsdOf(spending.dayUsd), totalMicroUsd: microUsdOf(spending.totalUsd) }
  const hasCap = maxUsd !== null || maxUsdPerDay !== null
  const text = hasCap
    ? capsText(spent, { totalMicroUsd: micro(maxUsd), dayMicroUsd: micro(maxUsdPerDay) })
    : `${usdText(spent.dayMicroUsd)} today (UTC), ${usdText(spent.totalMicroUsd)} in all`
  const possible = microUsdOf(spending.possibleTotalUsd)
  const more = `; ${usdText(possible)} should X also bill the profiles and tweets that came beside`
  return possible > spent.totalMicroUsd ? text + more : text
}

function journalText({ open, left, damaged }: StatusReport['journal']): string {
  const parts = [
    open.files > 0 ? `${counted(open.files, 'segment')} being written, ${bytesText(open.bytes)}` : '',
    left.files > 0
      ? `${counted(left.files, 'segment')} left behind, ${bytesText(left.bytes)}: the next twdw listen stores them`
      : '',
    damaged.files > 0 ? `${counted(damaged.files, 'segment')} set aside as damaged: see twdw doctor` : '',
  ]
  return parts.filter(part => part !== '').join('; ') || 'empty'
}

function pendingText({ pending, open }: StatusReport): string {
  const still = open.length === 0 ? '' : `; ${counted(open.length, 'hour')} not over yet`
  if (pending.length === 0) return `no closed hour${still}`
  const named = pending.length <= HOURS_NAMED ? pending.join(', ') : `${pending[0]} to ${pending.at(-1)}`
  return `${counted(pending.length, 'hour')}, ${named} UTC: twdw consolidate${still}`
}

function rejectedText({ rejected }: StatusReport): string {
  const { lines, rows, unreadFiles } = rejected
  const more = unreadFiles === 0 ? '' : `, in the latest files; ${counted(unreadFiles, 'file')} more were not read`
  return [
    ...reasonsText('line', lines).map(text => text + more),
    ...reasonsText('row', rows).map(text => `${text}, when consolidated`),
  ].join('; ')
}

function reasonsText(noun: string, byReason: Readonly<Record<string, number>>): string[] {
  const reasons = Object.entries(byReason).sort(([, a], [, b]) => b - a)
  if (reasons.length === 0) return []
  const all = reasons.reduce((sum, [, count]) => sum + count, 0)
  return [`${counted(all, noun)} (${reasons.map(([reason, count]) => `${count} × ${reason}`).join(', ')})`]
}

function sessionsText({ at, listeners, sessions }: StatusReport, last: NonNullable<StatusSessions['last']>): string {
  const goesOn = listeners.some(({ isAlive, pulse }) => isAlive && pulse?.session === last.session)
  const ended = last.ended ?? (goesOn ? 'going on' : 'not known to have ended')
  const span = `${last.from.slice(0, 19)}Z to ${atText(last.to, Date.parse(at))}`
  return `${sessions.count} on record, the last from ${span}: ${ended}`
}

/** The time of all rules together: a minute in which two of them were missed is one. */
function gapsText({ at, coverage }: StatusReport): string {
  const spans = coverage.flatMap(({ gaps }) =>
    gaps.map(gap => ({ fromMs: Date.parse(gap.from), toMs: Date.parse(gap.to) })),
  )
  const gaps = unionOf(spans)
  const last = gaps.at(-1)
  const filledMs = Math.max(...coverage.map(rule => rule.filledMs))
  const filled = filledMs === 0 ? '' : `; ${spanText(filledMs)} filled by search, without retweets`
  if (last === undefined) return `none in the last 7 days${filled}`
  const until = atText(new Date(last.toMs).toISOString(), Date.parse(at))
  return `${gaps.length} in the last 7 days, ${spanText(lengthMs(gaps))} together, the last until ${until}${filled}`
}

/** `2026-09-21T11:37:00Z (23 min ago)`, `… (in 28 s)`. */
function atText(iso: string, nowMs: number): string {
  const agoMs = nowMs - Date.parse(iso)
  const when = agoMs < 0 ? `in ${spanText(-agoMs)}` : `${spanText(agoMs)} ago`
  return `${iso.slice(0, 19)}Z (${when})`
}
