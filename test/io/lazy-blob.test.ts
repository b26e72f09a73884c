import { describe, expect, it } from 'vitest'
import { LazyBlob } from '../../src/lib/io/lazy-blob.ts'

const bytes = Uint8Array.from({ length: 100 }, (_, n) => n)
const fileOf = (read: (from: number, to: number) => Promise<Uint8Array>) => new LazyBlob({ length: 100, read })

describe('LazyBlob', () => {
  it('reads what is asked for, and only that', async () => {
    const asked: [number, number][] = []
    const blob = fileOf(async (from, to) => {
      asked.push([from, to])
      return bytes.subarray(from, to)
    })
    expect(blob.size).toBe(100)
    const part = blob.slice(10, 13)
    expect(asked).toEqual([])
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(Uint8Array.of(10, 11, 12))
    expect((await blob.slice(100, 100).arrayBuffer()).byteLength).toBe(0)
    expect((await blob.slice(98).arrayBuffer()).byteLength).toBe(2)
    expect(asked).toEqual([
      [10, 13],
      [100, 100],
      [98, 100],
    ])
  })

  it.each([
    [-8, 100],
    [90, 101],
    [20, 10],
  ])('has no bytes %i to %i, and whoever waits for them is told so elsewhere', async (from, to) => {
    const blob = fileOf(async () => bytes)
    const answer = blob.slice(from, to).arrayBuffer()
    await expect(blob.failed).rejects.toThrow(`bytes ${from} to ${to} of 100 are asked for`)
    expect(await Promise.race([answer, Promise.resolve('unanswered')])).toBe('unanswered')
  })

  it('tells that a file ended early, or could not be read', async () => {
    const short = fileOf(async (from, to) => bytes.subarray(from, to - 1))
    short.slice(0, 10).arrayBuffer()
    await expect(short.failed).rejects.toThrow('it ends before the byte 10 that is asked for')
    const failure = new Error('no disk')
    const broken = fileOf(() => Promise.reject(failure))
    broken.slice(0, 10).arrayBuffer()
    await expect(broken.failed).rejects.toBe(failure)
  })
})
