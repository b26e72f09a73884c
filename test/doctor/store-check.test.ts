import { describe, expect, it } from 'vitest'
import { checkStore } from '../../src/lib/doctor/store-check.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import type { StoreProbe } from '../../src/lib/io/s3/probe.ts'

const URL = 's3://bucket/lake'
const GOOD: StoreProbe = { createsOnce: true, replacesKnown: true, putMs: 42, skewMs: 1_000 }
const check = (probe: Partial<StoreProbe>) => checkStore(URL, async () => ({ ...GOOD, ...probe }))

describe('the check of a store', () => {
  it('says what it can do', async () => {
    expect(await check({})).toMatchObject([
      {
        check: 'lake-store',
        sentence: `${URL} takes, gives, lists and removes files, and lets one machine at a time write; a write of 64 KB takes 42 ms`,
      },
    ])
  })

  it.each([
    [{ createsOnce: false }, 'If-None-Match'],
    [{ replacesKnown: false }, 'If-Match'],
    [{ createsOnce: false, replacesKnown: false }, 'If-None-Match and If-Match'],
  ])('warns of conditions that are not kept: %o', async (probe, lacks) => {
    expect(await check(probe)).toMatchObject([
      {
        sentence: `${URL} writes over what is there whatever ${lacks} says: two machines could consolidate one hour at a time`,
        remedy: 'have one machine only that listens and consolidates, or use another store',
      },
    ])
  })

  it('warns of another time and of slow writes', async () => {
    expect(await check({ skewMs: -600_000, putMs: 3_500 })).toMatchObject([
      { sentence: "its clock and this machine's are 10 min apart, and at 15 min it refuses everything" },
      { sentence: expect.stringMatching(/^a write of 64 KB takes /) },
    ])
  })

  it('takes a time that is not told for ours', async () => {
    expect(await check({ skewMs: undefined })).toHaveLength(1)
  })

  it('tells what the store said, and does not hide a bug', async () => {
    const refused = new TwdwError('E_REFUSED', 'k cannot be written: refused', { hint: 'rights' })
    expect(await checkStore(URL, () => Promise.reject(refused))).toMatchObject([
      { check: 'lake-store', sentence: 'k cannot be written: refused', remedy: 'rights' },
    ])
    await expect(checkStore(URL, () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug')
  })
})
