import { describe, expect, it } from 'vitest'
import {
  judge,
  problemText,
  readNotice,
  readProblem,
  readUnknownWords,
  type XVerdict,
} from '../../../src/lib/domain/x/problem.ts'
import { disconnectNotice, noticeOf, REFUSALS, type Refusal } from '../../x-double/answers.ts'
import { streamLine } from '../../x-double/lines.ts'

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const bodyOf = (refusal: Refusal) => (typeof refusal.body === 'string' ? refusal.body : JSON.stringify(refusal.body))

describe('judge', () => {
  it.each<[keyof typeof REFUSALS, XVerdict]>([
    ['unknownField', 'request'],
    ['unauthorized', 'token'],
    ['creditsDepleted', 'credits'],
    ['notEnrolled', 'access'],
    ['userToken', 'access'],
    ['spendingLimit', 'spending'],
    ['noRules', 'rules'],
    ['slotTaken', 'slot'],
    ['usageCap', 'usage-cap'],
    ['tooManyRequests', 'rate'],
    ['code88', 'rate'],
    ['unavailable', 'server'],
    ['provisioning', 'server'],
    ['gatewayPage', 'server'],
  ])('takes %s for %s', (name, verdict) => {
    const refusal: Refusal = REFUSALS[name]
    expect(judge(refusal.status, readProblem(bodyOf(refusal)))).toBe(verdict)
  })

  it.each<[number, XVerdict]>([
    [200, 'server'],
    [301, 'address'],
    [302, 'server'],
    [402, 'credits'],
    [404, 'address'],
    [408, 'server'],
    [420, 'rate'],
    [500, 'server'],
  ])('takes a bare %i for %s', (status, verdict) => {
    expect(judge(status, readProblem(''))).toBe(verdict)
  })

  it('knows a type by its last word, whatever the host and the form of the address', () => {
    for (const type of [
      'https://api.twitter.com/2/problems/usage-capped',
      'https://developer.x.com/en/support/x-api/error-troubleshooting#usage-capped',
    ]) {
      expect(judge(429, readProblem(JSON.stringify({ type })))).toBe('usage-cap')
    }
  })
})

describe('readNotice', () => {
  it.each([
    'OperationalDisconnect',
    'UpstreamOperationalDisconnect',
    'ForceDisconnect',
    'UpstreamUncleanDisconnect',
    'SlowReader',
    'InternalError',
    'ClientApplicationStateDegraded',
  ])('reads %s as the end of the stream', issue => {
    const notice = readNotice(bytes(disconnectNotice(issue)))
    expect(notice).toMatchObject({ type: 'operational-disconnect', issue })
    expect(judge(undefined, notice!)).toBe('server')
  })

  it.each<[string, unknown, XVerdict]>([
    ['a taken slot', noticeOf(REFUSALS.slotTaken), 'slot'],
    ['rules that do not work', disconnectNotice('InvalidRules'), 'rules'],
    ['a used-up month', noticeOf(REFUSALS.usageCap), 'usage-cap'],
    ['a problem that is the line itself', REFUSALS.noRules.body, 'rules'],
    ['white space in front', `  ${JSON.stringify(noticeOf(REFUSALS.slotTaken))}`, 'slot'],
  ])('reads %s told in the stream', (_, line, verdict) => {
    expect(judge(undefined, readNotice(bytes(line))!)).toBe(verdict)
  })

  const partial = { title: 'Not Found Error', type: 'https://api.x.com/2/problems/resource-not-found' }
  it.each<[string, unknown]>([
    ['a tweet', streamLine(1)],
    ['a tweet with a reference that is gone', { ...streamLine(1), errors: [partial] }],
    ['a tweet whose errors come first', { errors: [{ ...partial, connection_issue: 'x' }], ...streamLine(1) }],
    ['an error about one tweet', { errors: [partial] }],
    ['torn JSON', '{"errors":[{"title":"operational-disc'],
    ['a notice about a deleted tweet', { delete: { status: { id_str: '1' } } }],
    ['a number', '7'],
    ['a list', [disconnectNotice('ForceDisconnect')]],
  ])('does not take %s for one', (_, line) => {
    expect(readNotice(bytes(line))).toBeUndefined()
  })
})

describe('problemText', () => {
  it.each<[string, string]>([
    [bodyOf(REFUSALS.unauthorized), 'Unauthorized'],
    [
      bodyOf(REFUSALS.slotTaken),
      'ConnectionException: This stream is currently at the maximum allowed connection limit. (TooManyConnections)',
    ],
    [
      bodyOf(REFUSALS.unknownField),
      'Invalid Request: The `tweet.fields` query parameter value [note_tweet] is not one of [id,text]',
    ],
    [bodyOf(REFUSALS.code88), 'Rate limit exceeded'],
    [bodyOf(REFUSALS.gatewayPage), ''],
    ['{"connection_issue":"TooManyConnections"}', 'TooManyConnections'],
    ['{"title":"a\\u001b[31m\\n\\u202eb"}', 'a [31m b'],
    [JSON.stringify({ title: 'x'.repeat(300) }), `${'x'.repeat(199)}…`],
  ])('makes one line of %s', (body, line) => {
    expect(problemText(readProblem(body))).toBe(line)
  })
})

describe('readUnknownWords', () => {
  const error = (parameters: unknown, message?: string) => JSON.stringify({ errors: [{ parameters, message }] })

  it.each<[string, string, object[]]>([
    ['a word', bodyOf(REFUSALS.unknownField), [{ parameter: 'tweet.fields', word: 'note_tweet' }]],
    [
      'the words of the sentence where the list repeats the request',
      error(
        { 'tweet.fields': ['id,note_tweet,text'] },
        'The `tweet.fields` query parameter value [note_tweet] is not one of [id,text]',
      ),
      [{ parameter: 'tweet.fields', word: 'note_tweet' }],
    ],
    [
      'a parameter',
      error({ 'place.fields': ['geo'] }, 'The query parameter [place.fields] is not one of [expansions,tweet.fields]'),
      [{ parameter: 'place.fields', word: undefined }],
    ],
    [
      'the list where there is no sentence',
      error({ expansions: ['a, b', 'c'] }),
      ['a', 'b', 'c'].map(word => ({ parameter: 'expansions', word })),
    ],
    ['nothing in an answer without particulars', '{"title":"Invalid Request"}', []],
    ['nothing in what is no JSON', '<html>', []],
    ['nothing where particulars have no form', '{"errors":[null,{"parameters":7},{"parameters":{"a":"b"}}]}', []],
  ])('finds %s', (_, body, expected) => {
    expect(readUnknownWords(body)).toEqual(expected)
  })
})
