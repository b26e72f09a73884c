import { describe, expect, it } from 'vitest'
import { type DiskState, judgeDisk } from '../../../src/lib/domain/health/disk-room.ts'

const disk = (change: Partial<DiskState> = {}): DiskState => ({
  freeBytes: 50_000_000_000,
  freeFiles: 3_000_000,
  syncMs: 4,
  bytesPerDay: 100_000_000,
  ...change,
})

describe('a disk', () => {
  it.each<[string, Partial<DiskState>]>([
    ['room for 50 GB, which lasts 500 d at 100 MB a day; a sync takes 4 ms', {}],
    ['room for 50 GB; a sync takes 4 ms', { bytesPerDay: 0, freeFiles: undefined }],
    ['room for 50 GB; a sync takes 200 ms', { bytesPerDay: undefined, syncMs: 200 }],
  ])('is well with %s', (sentence, change) =>
    expect(judgeDisk(disk(change))).toEqual({ level: 'ok', sentence, remedy: null }),
  )

  it.each<[string, Partial<DiskState>]>([
    ['room for 999 MB, which lasts 9 d 23 h at 100 MB a day; a sync takes 4 ms', { freeBytes: 999_000_000 }],
    ['room for 50 GB, which lasts 5 d at 10 GB a day; a sync takes 4 ms', { bytesPerDay: 10_000_000_000 }],
    ['room for 50 GB, and for 19,999 files; a sync takes 4 ms', { bytesPerDay: 0, freeFiles: 19_999 }],
  ])('is soon full with %s', (sentence, change) =>
    expect(judgeDisk(disk(change))).toMatchObject({
      level: 'warning',
      sentence,
      remedy: expect.stringMatching(/^free /),
    }),
  )

  it.each<[Partial<DiskState>]>([[{ freeBytes: 127_999_999 }], [{ freeFiles: 999 }]])(
    'has no room for a segment and what is made of it with %o',
    change =>
      expect(judgeDisk(disk(change))).toMatchObject({ level: 'fault', remedy: expect.stringMatching(/^free /) }),
  )

  it('is too slow for a journal that is synced every 200 ms', () => {
    expect(judgeDisk(disk({ syncMs: 201 }))).toMatchObject({
      level: 'warning',
      sentence: 'room for 50 GB, which lasts 500 d at 100 MB a day; a sync takes 201 ms',
      remedy: expect.stringMatching(/name a folder on a faster disk with --state-dir$/),
    })
  })
})
