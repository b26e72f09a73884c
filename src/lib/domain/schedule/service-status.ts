/**
 * How a listener is, in one line: what `systemctl status` shows of it.
 *
 * A line is read some time after it was written, so it names instants, which stay true, and no ages.
 */
import { counted } from '../wording.ts'

export type ServiceState =
  | {
      is: 'connected'
      /** milliseconds since 1970-01-01T00:00Z, as everywhere here */
      sinceMs: number
      /** in this run, over all its sessions */
      tweets: number
      /** over the last minute */
      tweetsPerSecond: number
      /** undefined: none has come yet */
      lastTweetAtMs: number | undefined
      /** what is not as it should be, as a clause */
      alarm: string | undefined
    }
  | { is: 'disconnected'; atMs: number; reason: string }
  | { is: 'waiting'; untilMs: number; because: string }
  | { is: 'paused'; because: string }

export function serviceStatus(state: ServiceState, nowMs: number): string {
  switch (state.is) {
    case 'connected':
      return connectedText(state, nowMs)
    case 'disconnected':
      return `not connected since ${instantText(state.atMs, nowMs)}: ${state.reason}`
    case 'waiting':
      return `waiting until ${instantText(state.untilMs, nowMs)}: ${state.because}`
    case 'paused':
      return `reading is paused: ${state.because}`
  }
}

function connectedText(state: Extract<ServiceState, { is: 'connected' }>, nowMs: number): string {
  const since = `connected since ${instantText(state.sinceMs, nowMs)}`
  const last =
    state.lastTweetAtMs === undefined
      ? ', no tweet yet'
      : `, ${counted(state.tweets, 'tweet')}, ${rateText(state.tweetsPerSecond)}, last at ${instantText(state.lastTweetAtMs, nowMs)}`
  return `${since}${last}${state.alarm === undefined ? '' : `; ${state.alarm}`}`
}

/** Three digits tell a busy stream from a quiet one: 0.05/s, 20.5/s, 1,234/s. */
function rateText(perSecond: number): string {
  const options = perSecond >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 }
  return `${perSecond.toLocaleString('en-US', options)}/s`
}

/** `12:00:03Z`, with the day before it where that is not today's. */
function instantText(atMs: number, nowMs: number): string {
  const [day = '', time = ''] = new Date(atMs).toISOString().split('T')
  const isToday = new Date(nowMs).toISOString().startsWith(day)
  return `${isToday ? '' : `${day}T`}${time.slice(0, 8)}Z`
}
