import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/lib/io/clock.ts'
import { openXAccount } from '../../../src/lib/io/x/account.ts'
import { REFUSALS } from '../../x-double/answers.ts'
import { withXDouble } from '../../x-double/double.ts'

const never = new AbortController().signal
const access = (origin: string) => ({ origin, token: 'TEST', userAgent: 'twdw/0.0.0' })

describe('what X is asked of the account', () => {
  it('comes with X’s time and ours', async () => {
    await withXDouble({ token: 'TEST', usage: { cap: 10, used: 3, resetDay: 1 } }, async x => {
      const account = openXAccount(access(x.origin), systemClock)
      const counts = await account.ruleCounts(never)
      expect(counts).toMatchObject({
        ok: true,
        value: { body: { data: { cap_per_client_app: '1000' } }, headers: { date: 'Mon, 21 Sep 2026 12:00:00 GMT' } },
      })
      const { sentAtMs, answeredAtMs } = (counts as { value: { sentAtMs: number; answeredAtMs: number } }).value
      expect(answeredAtMs).toBeGreaterThanOrEqual(sentAtMs)
      expect(await account.tweetUsage(never)).toMatchObject({
        ok: true,
        value: { body: { data: { cap_reset_day: 1, project_cap: '10', project_usage: '3' } } },
      })
      expect(x.requests.map(({ headers }) => headers['user-agent'])).toEqual(['twdw/0.0.0', 'twdw/0.0.0'])
    })
  })

  it('is a value also when X refuses, says no JSON, does not answer, or is not asked any longer', async () => {
    const call = 'GET /2/usage/tweets'
    const refusals = { [call]: [REFUSALS.notEnrolled, { status: 200, body: 'no JSON' }, 'mute', 'mute'] as const }
    await withXDouble({ token: 'TEST', refusals }, async x => {
      const account = openXAccount(access(x.origin), systemClock, 100)
      expect(await account.tweetUsage(never)).toMatchObject({
        ok: false,
        end: { how: 'refused', status: 403, body: JSON.stringify(REFUSALS.notEnrolled.body) },
      })
      expect(await account.tweetUsage(never)).toMatchObject({ ok: true, value: { body: undefined } })
      expect(await account.tweetUsage(never)).toEqual({
        ok: false,
        end: { how: 'network', code: 'ETIMEDOUT', message: 'X did not answer within 0.1 s' },
      })
      expect(await account.tweetUsage(AbortSignal.abort())).toEqual({ ok: false, end: { how: 'aborted' } })
    })
    expect(await openXAccount(access('http://127.0.0.1:9'), systemClock).ruleCounts(never)).toMatchObject({
      ok: false,
      end: { how: 'network', code: 'ECONNREFUSED' },
    })
  })
})
