import { describe, expect, it } from 'vitest'
import { type ServiceState, serviceStatus } from '../../../src/lib/domain/schedule/service-status.ts'

const at = (time: string) => Date.parse(`2026-09-21T${time}Z`)
const NOW = at('12:34:58')
const connected = (about: Partial<Extract<ServiceState, { is: 'connected' }>> = {}): ServiceState => ({
  is: 'connected',
  sinceMs: at('12:00:00'),
  tweets: 1234,
  tweetsPerSecond: 20.4567,
  lastTweetAtMs: at('12:34:56'),
  alarm: undefined,
  ...about,
})

describe('the status of a listener', () => {
  it.each<[string, ServiceState, string]>([
    ['connected', connected(), 'connected since 12:00:00Z, 1,234 tweets, 20.5/s, last at 12:34:56Z'],
    [
      'connected since another day',
      connected({ sinceMs: Date.parse('2026-09-19T23:59:59Z'), tweets: 1, tweetsPerSecond: 0.01234 }),
      'connected since 2026-09-19T23:59:59Z, 1 tweet, 0.0123/s, last at 12:34:56Z',
    ],
    [
      'busy',
      connected({ tweetsPerSecond: 1234.5 }),
      'connected since 12:00:00Z, 1,234 tweets, 1,235/s, last at 12:34:56Z',
    ],
    ['connected without a tweet', connected({ lastTweetAtMs: undefined }), 'connected since 12:00:00Z, no tweet yet'],
    [
      'alarmed',
      connected({ alarm: 'X counts at least 380 tweets since 2026-09-21T12:00:00Z, and sent 0' }),
      'connected since 12:00:00Z, 1,234 tweets, 20.5/s, last at 12:34:56Z; X counts at least 380 tweets since 2026-09-21T12:00:00Z, and sent 0',
    ],
    [
      'cut off',
      { is: 'disconnected', atMs: at('12:34:50'), reason: 'nothing arrived for 25 s' },
      'not connected since 12:34:50Z: nothing arrived for 25 s',
    ],
    [
      'told to wait',
      { is: 'waiting', untilMs: at('12:49:58'), because: 'X answered 429 Too Many Requests' },
      'waiting until 12:49:58Z: X answered 429 Too Many Requests',
    ],
    [
      'resting',
      { is: 'waiting', untilMs: Date.parse('2026-09-22T00:00Z'), because: 'resting: --max-usd-per-day is $50.00' },
      'waiting until 2026-09-22T00:00:00Z: resting: --max-usd-per-day is $50.00',
    ],
    ['paused', { is: 'paused', because: 'the disk is full' }, 'reading is paused: the disk is full'],
  ])('%s', (_, state, text) => {
    expect(serviceStatus(state, NOW)).toBe(text)
  })
})
