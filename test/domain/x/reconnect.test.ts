import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readNotice } from '../../../src/lib/domain/x/problem.ts'
import {
  CONNECT_WINDOW_MS,
  type Ending,
  endingText,
  FIRST_RUNG,
  firstWaitMs,
  type Ladder,
  MAX_CONNECTS,
  MIN_UPTIME_MS,
  nextStep,
  noteConnect,
} from '../../../src/lib/domain/x/reconnect.ts'
import { disconnectNotice, noticeOf, REFUSALS, type Refusal } from '../../x-double/answers.ts'

const NOON = Date.parse('2026-09-21T12:00:00Z')
const date = 'Mon, 21 Sep 2026 12:00:00 GMT'

const closed: Ending = { how: 'closed' }
const silent: Ending = { how: 'silent', forMs: 25_000 }
const cut: Ending = { how: 'network', code: 'ECONNRESET', message: 'socket closed' }
const refused = (refusal: Refusal, headers: Record<string, string> = {}): Ending => ({
  how: 'refused',
  status: refusal.status,
  headers: { date, ...refusal.headers, ...headers },
  body: typeof refusal.body === 'string' ? refusal.body : JSON.stringify(refusal.body),
})
const notice = (line: unknown): Ending => ({
  how: 'notice',
  problem: readNotice(new TextEncoder().encode(JSON.stringify(line)))!,
})

interface Fall {
  ending: Ending
  livedMs?: number
}

/** What is done after each of these endings in turn, the ladder handed on: the wait, or the step where it is no wait. */
function walk(falls: readonly Fall[], random = 0): (number | string)[] {
  let ladder: Ladder = FIRST_RUNG
  return falls.map(({ ending, livedMs }) => {
    const next = nextStep(ending, ladder, { livedMs, nowMs: NOON, random })
    ladder = next.ladder
    const { step } = next
    if (step.do === 'stop') return `stop ${step.code}`
    return step.do === 'connect' ? step.waitMs : `${step.do} ${step.waitMs}`
  })
}

const times = (count: number, fall: Fall): Fall[] => Array.from({ length: count }, () => fall)
const LONG = MIN_UPTIME_MS

describe('nextStep', () => {
  it.each<[string, Fall[], (number | string)[]]>([
    ['at once when X closes a connection that lived', [{ ending: closed, livedMs: LONG }], [0]],
    ['at once each time, as long as each connection lived', times(3, { ending: cut, livedMs: LONG }), [0, 0, 0]],
    ['at once when a connection that lived falls silent', [{ ending: silent, livedMs: LONG }], [0]],
    [
      'at once when X says that it hangs up',
      [{ ending: notice(disconnectNotice('OperationalDisconnect')), livedMs: LONG }],
      [0],
    ],
    ['250 ms more at each network failure', times(4, { ending: cut }), [250, 500, 750, 1000]],
    [
      'at once and then up the doubling ladder when X closes connections that died young',
      times(5, { ending: closed, livedMs: LONG - 1 }),
      [0, 5_000, 10_000, 20_000, 40_000],
    ],
    [
      'at once and then up the linear ladder when the network cuts connections that died young',
      times(4, { ending: cut, livedMs: 3_000 }),
      [0, 250, 500, 750],
    ],
    [
      'further up the ladder, not at once, when a connection after failures dies young',
      [{ ending: cut }, { ending: cut, livedMs: 3_000 }],
      [250, 500],
    ],
    [
      'at once again after a connection that lived, whatever went before',
      [...times(3, { ending: refused(REFUSALS.unavailable) }), { ending: closed, livedMs: LONG }],
      [5_000, 10_000, 20_000, 0],
    ],
    [
      '5 s doubling to 320 s when X is ill',
      times(9, { ending: refused(REFUSALS.unavailable) }),
      [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 320_000, 320_000],
    ],
    [
      '5 s doubling when a gateway answers, or a login page does',
      [
        { ending: refused(REFUSALS.gatewayPage) },
        { ending: refused({ status: 200, body: '<html>' }) },
        { ending: refused(REFUSALS.provisioning) },
      ],
      [5_000, 10_000, 20_000],
    ],
    [
      'at least as long as X asks for when it is ill',
      times(3, { ending: refused(REFUSALS.unavailable, { 'retry-after': '12' }) }),
      [12_000, 12_000, 20_000],
    ],
    [
      '60 s doubling, at most a window, when X says 429 and nothing else',
      times(6, { ending: refused(REFUSALS.code88) }),
      [60_000, 120_000, 240_000, 480_000, 900_000, 900_000],
    ],
    [
      'until the window ends when X says when that is, and longer each further time',
      times(3, { ending: refused(REFUSALS.tooManyRequests, { 'x-rate-limit-reset': String(NOON / 1000 + 90) }) }),
      [91_000, 120_000, 240_000],
    ],
    [
      "until the window ends by X's clock when ours is wrong",
      [
        {
          ending: refused(REFUSALS.tooManyRequests, {
            date: 'Mon, 21 Sep 2026 18:00:00 GMT',
            'x-rate-limit-reset': String(NOON / 1000 + 6 * 3600 + 30),
          }),
        },
      ],
      [31_000],
    ],
    [
      'until the window ends by our clock when X does not tell the time',
      [
        {
          ending: refused(REFUSALS.tooManyRequests, {
            date: '',
            'x-rate-limit-reset': String(NOON / 1000 + 30),
          }),
        },
      ],
      [31_000],
    ],
    [
      'as the ladder says when the end of the window is past or absurd',
      [
        { ending: refused(REFUSALS.tooManyRequests, { 'x-rate-limit-reset': String(NOON / 1000 - 90) }) },
        { ending: refused(REFUSALS.tooManyRequests, { 'x-rate-limit-reset': String(NOON / 1000 + 86_400) }) },
        { ending: refused(REFUSALS.tooManyRequests, { 'x-rate-limit-reset': 'soon' }) },
      ],
      [60_000, 120_000, 240_000],
    ],
    [
      'with the slot freed, and then as the ladder says, when another connection holds it, whose window has nothing to do with it',
      times(3, { ending: refused(REFUSALS.slotTaken, { 'x-rate-limit-reset': String(NOON / 1000 + 5) }) }),
      ['free 1000', 60_000, 120_000],
    ],
    [
      'the same when the stream says so after it was accepted',
      times(2, { ending: notice(noticeOf(REFUSALS.slotTaken)), livedMs: 100 }),
      ['free 1000', 60_000],
    ],
    [
      'with the slot freed once more after a connection that lived',
      [
        { ending: refused(REFUSALS.slotTaken) },
        { ending: cut, livedMs: LONG },
        { ending: refused(REFUSALS.slotTaken) },
      ],
      ['free 1000', 0, 'free 1000'],
    ],
    [
      'without a field that X does not know, once',
      times(2, { ending: refused(REFUSALS.unknownField) }),
      ['drop 0', 'stop E_REFUSED'],
    ],
    [
      'with rules made at once, and then more slowly, when there are none',
      times(3, { ending: refused(REFUSALS.noRules) }),
      ['rules 0', 'rules 10000', 'rules 20000'],
    ],
    [
      'with rules made again when the stream says that they are invalid',
      [{ ending: notice(disconnectNotice('InvalidRules')), livedMs: LONG }],
      ['rules 0'],
    ],
  ])('connects again %s', (_, falls, expected) => {
    expect(walk(falls)).toEqual(expected)
  })

  it('climbs the linear ladder no further than 16 s', () => {
    expect(walk(times(70, { ending: cut })).slice(62)).toEqual([15_750, ...Array(7).fill(16_000)])
  })

  it('lengthens a wait by up to a tenth by chance, and never shortens it', () => {
    expect(walk(times(2, { ending: refused(REFUSALS.unavailable) }), 0.5)).toEqual([5_250, 10_500])
    expect(walk([{ ending: closed, livedMs: LONG }], 0.99)).toEqual([0])
  })

  it.each<[string, Ending, object]>([
    [
      'a wrong token',
      refused(REFUSALS.unauthorized),
      {
        code: 'E_REFUSED',
        message: 'X does not accept the bearer token: X answered 401 Unauthorized',
        hint: 'copy the bearer token of the app from the X developer console into X_BEARER_TOKEN as it stands there, with its %2B and %3D',
      },
    ],
    [
      'an empty purse',
      refused(REFUSALS.creditsDepleted),
      {
        code: 'E_REFUSED',
        message:
          'the X account is out of credits: X answered 402 CreditsDepleted: Your enrolled account [501] does not have any credits to fulfill this request.',
        hint: 'buy credits in the X developer console, then start twdw again; until then X sends and bills nothing',
      },
    ],
    [
      'an app without access',
      refused(REFUSALS.notEnrolled),
      {
        code: 'E_REFUSED',
        message:
          'X does not let this app read the stream: X answered 403 Client Forbidden: When authenticating requests to the X API v2 endpoints, you must use keys from an app in a Project.',
        hint: 'in the X developer console, put the app into a project whose plan includes the filtered stream',
      },
    ],
    [
      "a user's token",
      refused(REFUSALS.userToken),
      { code: 'E_REFUSED', hint: "use the app's own bearer token; a user's token cannot read the stream" },
    ],
    [
      'a spending limit',
      refused(REFUSALS.spendingLimit),
      {
        code: 'E_REFUSED',
        message:
          'the spending limit of the X account is reached: X answered 403 Forbidden: Your account has reached its spending limit.',
      },
    ],
    [
      'a used-up month, which is a 429 too',
      refused(REFUSALS.usageCap),
      {
        code: 'E_REFUSED',
        message:
          'the X account has used up its cap of tweets: X answered 429 UsageCapExceeded: Usage cap exceeded: Monthly product cap',
      },
    ],
    [
      'a used-up month told in the stream',
      notice(noticeOf(REFUSALS.usageCap)),
      {
        code: 'E_REFUSED',
        message:
          'the X account has used up its cap of tweets: X ended the stream: UsageCapExceeded: Usage cap exceeded: Monthly product cap',
      },
    ],
    [
      'a request that X does not understand, and does not say why',
      refused({ status: 400, body: { title: 'Invalid Request' } }),
      {
        code: 'E_REFUSED',
        message: 'X does not understand the request: X answered 400 Invalid Request',
      },
    ],
    [
      'an address that is not X',
      refused({ status: 404, body: '<html>' }),
      { code: 'E_REFUSED', message: 'what answers here is not the X API: X answered 404' },
    ],
  ])('stops at %s, however long the connection lived', (_, ending, step) => {
    expect(nextStep(ending, FIRST_RUNG, { livedMs: LONG, nowMs: NOON, random: 0 }).step).toMatchObject({
      do: 'stop',
      ...step,
    })
  })

  it('never connects more than 50 times in 15 minutes, however connections end', () => {
    // mostly the quickest rung, or the ladder alone keeps the connects apart
    const fall = fc.oneof(
      { weight: 30, arbitrary: fc.constant({ ending: cut, livedMs: undefined }) },
      {
        weight: 1,
        arbitrary: fc.record({
          ending: fc.constantFrom(
            closed,
            silent,
            cut,
            ...[REFUSALS.noRules, REFUSALS.unavailable, REFUSALS.slotTaken].map(refusal => refused(refusal)),
          ),
          livedMs: fc.option(fc.constantFrom(0, 5_000, LONG), { nil: undefined }),
        }),
      },
    )
    fc.assert(
      fc.property(fc.array(fall, { minLength: 60, maxLength: 150 }), falls => {
        let ladder: Ladder = FIRST_RUNG
        let nowMs = NOON
        const connects: number[] = []
        for (const { ending, livedMs } of falls) {
          ladder = noteConnect(ladder, nowMs)
          connects.push(nowMs)
          nowMs += livedMs ?? 0
          const next = nextStep(ending, ladder, { livedMs, nowMs, random: 0 })
          ladder = next.ladder
          if (next.step.do !== 'stop') nowMs += next.step.waitMs
        }
        for (const [i, atMs] of connects.entries()) {
          const inWindow = connects.slice(i).filter(later => later < atMs + CONNECT_WINDOW_MS)
          expect(inWindow.length).toBeLessThanOrEqual(MAX_CONNECTS)
        }
      }),
    )
  })

  it('spreads the second half of its connects, so that a network that is away for minutes is not waited for long', () => {
    let ladder: Ladder = FIRST_RUNG
    let nowMs = NOON
    const waits: number[] = []
    for (let attempt = 0; attempt < 100; attempt++) {
      ladder = noteConnect(ladder, nowMs)
      const next = nextStep(cut, ladder, { livedMs: undefined, nowMs, random: 0 })
      ladder = next.ladder
      if (next.step.do === 'connect') waits.push(next.step.waitMs)
      nowMs += waits.at(-1) ?? 0
    }
    expect(waits.slice(0, 3)).toEqual([250, 500, 750])
    expect(Math.max(...waits)).toBeLessThan(35_000)
  })

  it('forgets attempts that lie in the future, because the clock was put back', () => {
    let ladder: Ladder = FIRST_RUNG
    for (let i = 0; i < 50; i++) ladder = noteConnect(ladder, NOON + 86_400_000)
    expect(nextStep(closed, ladder, { livedMs: LONG, nowMs: NOON, random: 0 }).step).toMatchObject({ waitMs: 0 })
  })
})

describe('endingText', () => {
  it.each<[string, Ending]>([
    ['X closed the connection', closed],
    ['nothing arrived for 25 s', silent],
    ['the connection was cut (ECONNRESET)', cut],
    [
      'certificate has expired (CERT_HAS_EXPIRED)',
      { how: 'network', code: 'CERT_HAS_EXPIRED', message: 'certificate has expired' },
    ],
    ['X answered 502', refused(REFUSALS.gatewayPage)],
    [
      'X ended the stream: operational-disconnect: This stream has been disconnected for operational reasons. (ForceDisconnect)',
      notice(disconnectNotice('ForceDisconnect')),
    ],
  ])('says "%s"', (text, ending) => {
    expect(endingText(ending)).toBe(text)
  })
})

describe('firstWaitMs', () => {
  const connects = (count: number, everyMs: number) =>
    Array.from({ length: count }, (_, i) => NOON - (count - 1 - i) * everyMs)

  it('is nothing after few connects of earlier runs, or old ones', () => {
    expect(firstWaitMs([], NOON)).toBe(0)
    expect(firstWaitMs(connects(25, 1_000), NOON)).toBe(0)
    expect(firstWaitMs(connects(40, 1_000), NOON + CONNECT_WINDOW_MS)).toBe(0)
  })

  it('keeps a listener that is started again and again to what X allows', () => {
    let [nowMs, connectsAtMs] = [NOON, [] as number[]]
    for (let run = 0; run < 400; run++) {
      nowMs += firstWaitMs(connectsAtMs, nowMs)
      connectsAtMs.push(nowMs)
      const inWindow = connectsAtMs.filter(atMs => atMs > nowMs - CONNECT_WINDOW_MS)
      expect(inWindow.length).toBeLessThanOrEqual(MAX_CONNECTS)
      nowMs += 1_000
    }
    // and lets it go on
    expect(connectsAtMs.at(-1)! - NOON).toBeLessThan(9 * CONNECT_WINDOW_MS)
  })
})
