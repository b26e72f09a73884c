import { describe, expect, it } from 'vitest'
import { parseSession, type SessionRecord, sessionRules, sessionToText } from '../../src/lib/domain/session.ts'
import { sessionRecord } from '../support/session-records.ts'

const PATH = 'layer1/sessions/20260921T100000000Z-0a1b2c3d.json'

/** A record as it was written before it said what was asked for. */
function olderText(about: Partial<SessionRecord>): string {
  const { rules: _, stopped: __, ...older } = sessionRecord('10:00', '11:00', about)
  return JSON.stringify(older)
}

describe('a session record', () => {
  it('is read as it was written', () => {
    const record = sessionRecord('10:00', '11:00', { stopped: '11:00', ended: '--for is over', tweets: 3, lines: 4 })
    expect(parseSession(sessionToText(record), PATH)).toEqual(record)
  })

  it('of an older twdw has its hashtags for rules, and was stopped on purpose where its words say so', () => {
    const stopped = parseSession(olderText({ ended: 'stopped', tags: ['covid19', 'vacina'] }), PATH)
    expect(stopped.rules).toEqual([
      { name: 'covid19', value: '#covid19' },
      { name: 'vacina', value: '#vacina' },
    ])
    expect(stopped.stopped).toBe('2026-09-21T11:00:00.000Z')
  })

  it.each([null, 'X closed the connection', 'failed'])('of an older twdw that ended by "%s" was not stopped', ended => {
    expect(parseSession(olderText({ ended }), PATH).stopped).toBeNull()
  })

  it('of an older twdw that read files has no rules, and nobody stopped listening', () => {
    const record = parseSession(olderText({ source: 'replay', ended: '--max-tweets is reached' }), PATH)
    expect(record).toMatchObject({ rules: [], stopped: null })
  })

  it('that says that nobody stopped it is believed, whatever its words', () => {
    const record = sessionRecord('10:00', '11:00', { ended: 'stopped by a signal', stopped: null })
    expect(parseSession(sessionToText(record), PATH).stopped).toBeNull()
  })

  it.each<[string, string, string]>([
    ['breaks off', '{"format":1,"session":"2026', 'it is not JSON'],
    ['is a list', '[]', 'it is no JSON object'],
    ['lacks a field', '{"format":1,"session":"s"}', 'source is not there'],
    [
      'has a source that is none',
      JSON.stringify(sessionRecord('10:00', '11:00', { source: 'radio' as never })),
      'source is "radio"',
    ],
    ['has a time that is none', JSON.stringify({ ...sessionRecord('10:00', '11:00'), to: 'noon' }), 'to is "noon"'],
    ['counts half a tweet', JSON.stringify(sessionRecord('10:00', '11:00', { tweets: 0.5 })), 'tweets is 0.5'],
    [
      'has rules without a text',
      JSON.stringify(sessionRecord('10:00', '11:00', { rules: [{ name: 'a' } as never] })),
      'rules is [{"name":"a"}]',
    ],
    [
      'ends before it begins',
      JSON.stringify(sessionRecord('11:00', '10:00')),
      'it ends at 2026-09-21T10:00:00.000Z, before it begins',
    ],
  ])('that %s is refused, with what to do', (_, text, why) => {
    expect(() => parseSession(text, PATH)).toThrow(
      expect.objectContaining({
        code: 'E_LAKE',
        message: `the session record ${PATH} is damaged: ${why}`,
        hint: 'restore it, or remove it: the time that it covered then counts as missing, and is searched again within 7 days',
      }),
    )
  })

  it('of a format to come is not guessed at', () => {
    expect(() => parseSession('{"format":2}', PATH)).toThrow(
      expect.objectContaining({
        code: 'E_LAKE',
        message: `the session record ${PATH} is of format 2, and this twdw knows formats up to 1`,
      }),
    )
  })
})

describe('sessionRules', () => {
  it('takes hashtags that share a rule apart, and gives each what narrows them all', () => {
    const rules = [
      { id: '1', name: '"some words"', value: '"some words" lang:pt' },
      { id: '2', name: 'pack:1f3a9c2e', value: '(#Straße OR #b) lang:pt', hashtags: ['strasse', 'b'] },
      { id: '3', name: 'pack:00000000', value: '#c OR #d', hashtags: ['c', 'd'] },
      { id: '4', name: 'e', value: '#e lang:pt', hashtags: ['e'] },
    ]
    expect(sessionRules(rules)).toEqual([
      { name: '"some words"', value: '"some words" lang:pt' },
      { name: 'strasse', value: '#Straße lang:pt' },
      { name: 'b', value: '#b lang:pt' },
      { name: 'c', value: '#c' },
      { name: 'd', value: '#d' },
      { name: 'e', value: '#e lang:pt' },
    ])
  })

  it('leaves a rule of a person alone, whatever it looks like', () => {
    const rules = [{ name: '#a OR #b', value: '#a OR #b' }]
    expect(sessionRules(rules)).toEqual(rules)
  })
})
