/** What the doctor finds at X, over the double: it asks four questions, and none that X bills. */
import { describe, expect, it } from 'vitest'
import { type AccessPlan, type AccessPorts, checkAccess } from '../../src/lib/doctor/access-checks.ts'
import type { Listener } from '../../src/lib/domain/health/liveness.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import type { FoundToken } from '../../src/lib/io/secrets.ts'
import { openXAccount } from '../../src/lib/io/x/account.ts'
import { openXRest } from '../../src/lib/io/x/rest.ts'
import { aPulse } from '../support/a-pulse.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { REFUSALS } from '../x-double/answers.ts'
import { withXDouble, type XDouble, type XDoubleOptions } from '../x-double/double.ts'

const NOW = '2026-09-21T12:00:00.000Z'
const TOKEN = `AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid%2BULvsea4JtiGRiSDSJSI%3DEUifiRBkKG5E2XzMDjRfl76ZC9Ub0w`
const never = new AbortController().signal
const OURS = { id: '1', value: '#covid19', tag: 'twdw:lake-0a1b2c3d:covid19' }
const STRANGERS = [
  { id: '2', value: '#x', tag: 'twdw:lake-99999999:x' },
  { id: '3', value: '#y' },
]

interface Around {
  plan?: Partial<AccessPlan>
  found?: Partial<FoundToken>
  ourClock?: string
  signal?: AbortSignal
}

const connectedSince = (since: string): Listener => ({
  isAlive: true,
  state: 'connected',
  holder: null,
  pulse: aPulse({ state: { is: 'connected', since } }),
})

async function find(x: Pick<XDouble, 'origin'>, { plan, found, ourClock = NOW, signal = never }: Around = {}) {
  const about: AccessPlan = {
    offline: false,
    origin: x.origin,
    lakeUrl: '/srv/lake',
    lakeId: '0a1b2c3d',
    listener: undefined,
    tokenFiles: [],
    ...plan,
  }
  const ports: AccessPorts = {
    findToken: async () => ({ token: TOKEN, from: 'X_BEARER_TOKEN', file: undefined, ...found }),
    async openX(token) {
      const access = { origin: x.origin, token, userAgent: 'twdw/0.0.0' }
      return { rest: openXRest(access), account: openXAccount(access, fixedClock(ourClock)) }
    },
  }
  return checkAccess(about, ports, signal)
}

/** By check, as `level: sentence → remedy`; nothing of the token is ever in it. */
async function linesAt(options: Partial<XDoubleOptions>, around: Around = {}): Promise<Record<string, string>> {
  return withXDouble({ token: TOKEN, ...options }, async x => {
    const findings = await find(x, around)
    const text = JSON.stringify(findings).replaceAll(x.origin, 'X_ORIGIN')
    for (const part of [TOKEN, TOKEN.slice(20, 40), 'ULvsea4JtiGRiSDSJSI']) expect(text).not.toContain(part)
    const lines = (JSON.parse(text) as typeof findings).map(({ check, level, sentence, remedy }) => [
      check,
      `${level}: ${sentence}${remedy === null ? '' : ` → ${remedy}`}`,
    ])
    return Object.fromEntries(lines)
  })
}

describe('access to X', () => {
  it('is in order where X says so, and costs nothing to find out', async () => {
    await withXDouble(
      { token: TOKEN, rules: [OURS, ...STRANGERS], usage: { cap: 3_000_000, used: 45_120, resetDay: 12 } },
      async x => {
        const findings = await find(x)
        expect(findings.map(({ level, check, sentence }) => `${level} ${check}: ${sentence}`)).toEqual([
          `ok token: one of ${TOKEN.length} characters, from X_BEARER_TOKEN`,
          `ok x: ${x.origin} answers, and accepts the token`,
          'ok access: this app may have 1,000 rules on the filtered stream',
          "ok clock: within 2 s of X's",
          'ok rules: 1 of this lake (covid19), 2 of others, room for 997 more; no listener runs, and X bills nothing for rules without a connection',
          "ok usage: 45,120 of 3,000,000 tweets of the month's cap at X are used; it starts anew in 12 days",
          'ok slot: no connection is open: there is room for a listener',
        ])
        expect(x.requests.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
          'GET /2/connections',
          'GET /2/tweets/search/stream/rules',
          'GET /2/tweets/search/stream/rules/counts',
          'GET /2/usage/tweets',
        ])
      },
    )
  })

  it.each([
    [REFUSALS.unauthorized, 'E_REFUSED', /^X does not accept the bearer token: X answered 401 Unauthorized$/],
    [REFUSALS.creditsDepleted, 'E_REFUSED', /^the X account is out of credits: X answered 402 CreditsDepleted/],
    [REFUSALS.notEnrolled, 'E_REFUSED', /^X does not let this app read the stream: X answered 403 Client Forbidden/],
    [
      REFUSALS.userToken,
      'E_REFUSED',
      /^X does not let this app read the stream: X answered 403 Unsupported Authentication/,
    ],
    [REFUSALS.spendingLimit, 'E_REFUSED', /^the spending limit of the X account is reached: X answered 403 Forbidden/],
    [{ status: 404, body: 'no such page' }, 'E_REFUSED', /^what answers here is not the X API: X answered 404$/],
  ])('is refused once, with the remedy, and the rest is not asked: $body.title', async (refusal, code, sentence) => {
    await withXDouble({ token: TOKEN, refusals: { 'GET /2/tweets/search/stream/rules': [refusal] } }, async x => {
      const [token, first, ...others] = await find(x)
      expect(token).toMatchObject({ check: 'token', level: 'ok' })
      expect(first).toMatchObject({
        check: 'x',
        level: 'fault',
        code,
        sentence: expect.stringMatching(sentence),
        remedy: expect.any(String),
      })
      expect(others.map(({ level, sentence }) => `${level} ${sentence}`)).toEqual(
        Array(5).fill('skipped X refused the first question'),
      )
      expect(x.requests).toHaveLength(1)
    })
  })

  it('is a matter of the plan where X refuses only the counts of rules', async () => {
    const refusals = { 'GET /2/tweets/search/stream/rules/counts': [REFUSALS.notEnrolled] }
    expect(await linesAt({ refusals })).toMatchObject({
      access:
        'fault: X does not let this app read the stream: X answered 403 Client Forbidden: When authenticating requests to the X API v2 endpoints, you must use keys from an app in a Project. → in the X developer console, put the app into a project whose plan includes the filtered stream',
      clock: 'skipped: X did not answer',
      rules: 'ok: 0 of this lake, 0 of others',
    })
    expect(await linesAt({ maxRules: 0 })).toMatchObject({
      access: expect.stringMatching(/^fault: this app may have no rule /),
    })
  })

  it('may pass by itself', async () => {
    const refusals = { 'GET /2/tweets/search/stream/rules': [REFUSALS.tooManyRequests] }
    expect(await linesAt({ refusals })).toMatchObject({
      x: 'warning: X did not say: X answered 429 Too Many Requests → run twdw doctor again in some minutes; a listener waits by itself',
    })
  })

  it('needs no word of usage and connections, which X may keep to itself', async () => {
    const refusals = {
      'GET /2/usage/tweets': [{ status: 404, body: '' }],
      'GET /2/connections': [REFUSALS.notEnrolled],
    }
    const lines = await linesAt({ refusals })
    expect(lines.usage).toBe('skipped: X does not tell this app: X answered 404')
    expect(lines.slot).toMatch(/^skipped: X does not tell this app: X answered 403 Client Forbidden/)
    expect((await linesAt({ refusals: { 'GET /2/usage/tweets': [{ status: 200, body: '{}' }] } })).usage).toBe(
      'skipped: X does not say how many tweets were read',
    )
  })

  it('is out of reach', async () => {
    const [, first, ...others] = await find({ origin: 'http://127.0.0.1:9' })
    expect(first).toMatchObject({
      check: 'x',
      code: 'E_SOURCE',
      sentence: 'http://127.0.0.1:9 cannot be reached: the connection was refused (ECONNREFUSED)',
    })
    expect(new Set(others.map(({ sentence }) => sentence))).toEqual(new Set(['X cannot be reached']))
  })

  it('is not asked for when stopped', async () => {
    await withXDouble({ token: TOKEN }, async x => {
      await expect(find(x, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'E_INTERRUPTED' })
    })
  })

  it.each([
    ['2026-09-21T12:00:03.000Z', "ok: within 2 s of X's"],
    ['2026-09-21T11:59:58.000Z', "ok: within 2 s of X's"],
    [
      '2026-09-21T12:00:13.000Z',
      "warning: 12 s ahead of X's → timedatectl set-ntp true, or chronyc makestep: what is captured has wrong times until then",
    ],
    [
      '2026-09-21T11:58:20.000Z',
      "fault: 1 min 40 s behind X's → timedatectl set-ntp true, or chronyc makestep: what is captured has wrong times until then",
    ],
  ])('knows our clock at %s from X’s at 12:00', async (ourClock, line) => {
    expect((await linesAt({}, { ourClock })).clock).toBe(line)
  })

  it('says when there is no room for rules, and knows none of a lake that is not made', async () => {
    expect((await linesAt({ rules: [OURS, ...STRANGERS], maxRules: 3 })).rules).toBe(
      'warning: 1 of this lake (covid19), 2 of others, room for 0 more → delete rules that no program needs any more, in the program that made them',
    )
    expect((await linesAt({ rules: [OURS] }, { plan: { lakeId: undefined } })).rules).toBe(
      'ok: 0 of this lake, 1 of others, room for 999 more',
    )
    const listener = connectedSince(NOW)
    expect((await linesAt({ rules: [OURS] }, { plan: { listener } })).rules).toBe(
      'ok: 1 of this lake (covid19), 0 of others, room for 999 more',
    )
  })

  it.each([
    [89, /^ok: 89 of 100 tweets of the month's cap at X are used; it starts anew in 1 day$/],
    [90, /^warning: 90 of 100 tweets .* → listen for less/],
    [100, /^fault: 100 of 100 tweets .* → wait until then, or raise the cap/],
  ])('counts %i of the month’s 100', async (used, line) => {
    expect((await linesAt({ usage: { cap: 100, used, resetDay: 1 } })).usage).toMatch(line)
  })

  it('knows the connection of its listener from a stale one, and misses one that X does not know', async () => {
    const slotWith = async (open: number, listener: Listener | undefined) =>
      withXDouble({ token: TOKEN, rules: [OURS], isDeafToHangUps: true, stream: [[], []] }, async x => {
        for (let i = 0; i < open; i++) {
          const answer = await fetch(`${x.origin}/2/tweets/search/stream`, {
            headers: { authorization: `Bearer ${TOKEN}` },
          })
          await answer.body?.cancel()
        }
        const { level, sentence } = (await find(x, { plan: { listener } })).find(({ check }) => check === 'slot')!
        return `${level}: ${sentence}`
      })
    const listener = connectedSince('2026-09-21T12:00:02.000Z')
    expect(await slotWith(1, listener)).toBe(
      "ok: the connection that X holds open since 2026-09-21T12:00:00.000Z is this lake's listener",
    )
    const stale =
      'warning: X holds 1 connection of this app open that no listener of this lake has, since 2026-09-21T12:00:00.000Z'
    expect(await slotWith(1, undefined)).toBe(stale)
    expect(await slotWith(1, connectedSince('2026-09-21T12:30:00.000Z'))).toBe(stale)
    expect(await slotWith(0, listener)).toBe('warning: X knows of no connection, and a listener says that it has one')
  })
})

describe('the token', () => {
  it('is missed, and X not asked', async () => {
    const error = new TwdwError('E_USAGE', 'there is no token for X', { hint: 'export X_BEARER_TOKEN=…' })
    const ports: AccessPorts = {
      findToken: () => Promise.reject(error),
      openX: () => Promise.reject(new Error('never opened')),
    }
    const plan = { offline: false, origin: '', lakeUrl: '', lakeId: undefined, listener: undefined, tokenFiles: [] }
    const [token, ...others] = await checkAccess(plan, ports, never)
    expect(token).toMatchObject({ check: 'token', code: 'E_USAGE', sentence: 'there is no token for X' })
    expect(new Set(others.map(({ level, sentence }) => `${level} ${sentence}`))).toEqual(
      new Set(['skipped there is no token to ask X with']),
    )
  })

  it('must not lie where every account may read it', async () => {
    const file = { path: '/etc/twdw/x_bearer_token', mode: 0o644 }
    expect((await linesAt({}, { found: { from: file.path, file } })).token).toBe(
      'warning: /etc/twdw/x_bearer_token holds the token, and every account may read it (mode 644) → chmod 600 /etc/twdw/x_bearer_token',
    )
    const ofGroup = { path: '/etc/twdw/x_bearer_token', mode: 0o640 }
    expect((await linesAt({}, { found: { from: file.path, file: ofGroup } })).token).toMatch(/^ok: /)
  })

  it('has an odd form only as long as X has not accepted it', async () => {
    const key = { token: 'xvz1evFS4wEEPTGEFPHBog123' }
    expect((await linesAt({}, { found: key })).token).toBe(
      'warning: from X_BEARER_TOKEN: it has 25 characters, and bearer tokens have more than 60 → take the bearer token, not the key or the secret',
    )
    expect((await linesAt({ token: key.token }, { found: key })).token).toBe(
      'ok: one of 25 characters, from X_BEARER_TOKEN',
    )
    expect((await linesAt({}, { found: { token: 'two words' } })).token).toMatch(
      /^fault: the bearer token of X is empty, or holds a space/,
    )
  })
})
