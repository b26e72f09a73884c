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
    heard.stoodStill(1_000, 30_000)
    for (const atMs of [30_500, 50_500, 70_500, 90_000]) heard.note(atMs)
    expect(heard.surelyMs).toBe(1_000)
    heard.note(90_001)
    expect(heard.surelyMs).toBe(90_001)
  })

  it('is sure of what came before the first of several standstills, up to a minute after the last', () => {
    const heard = heardAt(1_000)
    heard.stoodStill(1_000, 31_000)
    for (const atMs of [31_500, 50_000, 60_000]) heard.note(atMs)
    heard.stoodStill(60_000, 70_000)
    for (const atMs of [70_000, 95_000, 120_000]) heard.note(atMs)
    expect(heard.surelyMs).toBe(1_000)
    heard.note(130_001)
    expect(heard.surelyMs).toBe(130_001)
  })

  it('takes a pause that X never makes for a standstill: the machine was asleep, or the process stopped', () => {
    expect(heardAt(1_000, 21_000, 621_000)).toMatchObject({ lastMs: 621_000, surelyMs: 21_000 })
    expect(heardAt(1_000, 31_000).surelyMs).toBe(31_000)
  })

  it('takes a moment for none', () => {
    const heard = heardAt(1_000)
    heard.stoodStill(1_000, 5_999)
    heard.note(6_000)
    expect(heard.surelyMs).toBe(6_000)
  })
})
