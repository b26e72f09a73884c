/** A store tried out: what it keeps of its promises, and nothing is left behind. */
import { describe, expect, it } from 'vitest'
import { probeStore } from '../../../src/lib/io/s3/probe.ts'
import { withS3Store } from '../../support/s3-store.ts'

describe('a store that is tried out', () => {
  it('keeps its promises', () =>
    withS3Store(async (store, s3) => {
      const { putMs, skewMs, ...kept } = await probeStore(store)
      expect(kept).toEqual({ createsOnce: true, replacesKnown: true })
      expect(putMs).toBeGreaterThan(0)
      expect(Math.abs(skewMs!)).toBeLessThan(5_000)
      expect(s3.bucket().keys()).toEqual([])
      expect(s3.take().map(({ operation }) => operation)).toEqual([
        ...Array.from({ length: 5 }, () => 'PutObject'),
        'GetObject',
        'ListObjectsV2',
        'PutObject',
        'PutObject',
        'HeadObject',
        'PutObject',
        'DeleteObject',
      ])
    }))

  it.each([false, 'refused'] as const)('keeps none of those about conditions: %s', conditionalWrites =>
    withS3Store(
      async (store, s3) => {
        expect(await probeStore(store)).toMatchObject({ createsOnce: false, replacesKnown: false })
        expect(s3.bucket().keys()).toEqual([])
      },
      { conditionalWrites },
    ),
  )

  it('has another time', () =>
    withS3Store(
      async store => {
        const { skewMs } = await probeStore(store)
        expect(Math.round(skewMs! / 1_000)).toBeGreaterThan(118)
      },
      { shiftMs: 120_000 },
    ))

  it.each([
    [
      'PutObject',
      /_doctor\/[0-9a-f-]{36} \(65536 bytes\) cannot be written: lake refuses it \(AccessDenied: Access Denied\)$/,
    ],
    ['GetObject', /_doctor\/[0-9a-f-]{36} cannot be read: lake refuses it \(AccessDenied: Access Denied\)$/],
    ['ListObjectsV2', /_doctor\/[0-9a-f-]{36} cannot be listed: lake refuses it \(AccessDenied: Access Denied\)$/],
    ['DeleteObject', /_doctor\/[0-9a-f-]{36} cannot be removed: lake refuses it \(AccessDenied: Access Denied\)$/],
  ])('may not %s', (operation, message) =>
    withS3Store(
      async store => {
        await expect(probeStore(store)).rejects.toMatchObject({
          code: 'E_REFUSED',
          message: expect.stringMatching(message),
        })
      },
      { keys: [{ accessKeyId: 'AKIDDOUBLE', secretAccessKey: 'double+secret/of=the+double', mayNot: [operation] }] },
    ),
  )

  it('gives back other bytes', () =>
    withS3Store(async (store, s3) => {
      s3.faults.add({ operation: 'GetObject', does: { flipByteAt: 0 } })
      await expect(probeStore(store)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: 'the store gives back something else than was written',
        hint: 'it cannot keep a lake; use another one',
      })
      expect(s3.bucket().keys()).toEqual([])
    }))

  it('lists what was there a while ago', () =>
    withS3Store(async store => {
      const late = { ...store, listPage: async () => ({ objects: [], folders: [], next: undefined }) }
      await expect(probeStore(late)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: 'the store does not list what was just written',
      })
    }))

  it('gives all files one ETag', () =>
    withS3Store(async store => {
      const one = { ...store, put: async () => 'one' }
      await expect(probeStore(one)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: 'the store gives files of other bytes one ETag',
      })
    }))
})
