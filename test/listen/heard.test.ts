import { describe, expect, it } from 'vitest'
import { Heard } from '../../src/lib/listen/heard.ts'

const heardAt = (...times: number[]): Heard => {
  const heard = new Heard()
  for (const atMs of times) heard.note(atMs)
  return heard
}

describe('Heard', () => {
  it('is sure of what came last', () => {
    expect(heardAt(1_000, 2_000).surelyMs).toBe(2_000)
  })

  it('is not sure of what came after a standstill', () => {
    const heard = heardAt(1_000)
    heard.stoodStill(1_000, 31_000)
    heard.note(31_500)
    expect(heard).toMatchObject({ lastMs: 31_500, surelyMs: 1_000 })
  })

  it('is sure again when it has read on for a minute', () => {
    const heard = heardAt(1_000)
    heard.stoodStill(1_000, 31_000)
    heard.note(91_000)
    expect(heard.surelyMs).toBe(1_000)
    heard.note(91_001)
    expect(heard.surelyMs).toBe(91_001)
  })

  it('is sure of what came before the first of several standstills, up to a minute after the last', () => {
    const heard = heardAt(1_000)
    heard.stoodStill(1_000, 31_000)
    heard.note(60_000)
    heard.stoodStill(60_000, 70_000)
    heard.note(95_000)
    expect(heard.surelyMs).toBe(1_000)
    heard.note(130_001)
    expect(heard.surelyMs).toBe(130_001)
  })

  it('takes a moment for none', () => {
    const heard = heardAt(1_000)
    heard.stoodStill(1_000, 5_999)
    heard.note(6_000)
    expect(heard.surelyMs).toBe(6_000)
  })
})
