import { describe, expect, it } from 'vitest'
import { type Pulse, parsePulse, pulseFileName, pulseToText } from '../../../src/lib/domain/health/pulse.ts'
import { aPulse } from '../../support/a-pulse.ts'

describe('a pulse', () => {
  it('comes back from its text', () => {
    const { format: _, ...pulse } = aPulse()
    expect(parsePulse(pulseToText(pulse))).toEqual(aPulse())
  })

  it.each([
    ['torn', '{"format": 1, "pid": 47'],
    ['empty', ''],
    ['no object', 'null'],
    ['of another format', pulseToText(aPulse()).replace('"format": 1', '"format": 2')],
    ['without its counts', JSON.stringify({ ...aPulse(), tweets: undefined })],
  ])('is none when the text is %s', (_, text) => expect(parsePulse(text)).toBeUndefined())

  it('has a file for each source, so that reading files beside X hides nothing', () => {
    const names = (['stream', 'replay', 'demo'] satisfies Pulse['source'][]).map(pulseFileName)
    expect(names).toEqual(['listener.json', 'listener-replay.json', 'listener-demo.json'])
  })
})
