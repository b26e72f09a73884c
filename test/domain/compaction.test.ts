import { describe, expect, it } from 'vitest'
import {
  type Compaction,
  compactionOf,
  compactionToText,
  MAX_MERGED_BYTES,
  manifestAfter,
  parseCompaction,
  planMerges,
  withoutMerged,
} from '../../src/lib/domain/compaction.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { type InputFile, MANIFEST_FORMAT, type Manifest } from '../../src/lib/domain/manifest.ts'
import { compactionPath, layer1Path, mergedSegment, segmentOfPath } from '../../src/lib/domain/paths.ts'

const HOUR = '2024-01-01T10' as Hour
const file = (segment: string, bytes = 1_000): InputFile => ({ path: layer1Path(HOUR, segment), bytes })
const sameOrigin = () => undefined
const segmentsOf = (files: readonly InputFile[]) => files.map(({ path }) => segmentOfPath(path))

describe('planMerges', () => {
  it('merges all small files of an hour, in their order, into one that is named after the first', () => {
    const files = ['a', 'b', 'c'].map(name => file(name))
    const [merge, ...others] = planMerges(HOUR, files, sameOrigin)
    expect(others).toEqual([])
    expect(merge!.segments).toEqual(files)
    expect(segmentOfPath(merge!.merged)).toMatch(/^a\.merged-[0-9a-f]{16}$/)
  })

  it('has nothing to do with one file, with none, or with large ones', () => {
    expect(planMerges(HOUR, [], sameOrigin)).toEqual([])
    expect(planMerges(HOUR, [file('a')], sameOrigin)).toEqual([])
    expect(planMerges(HOUR, [file('a', MAX_MERGED_BYTES / 2), file('b')], sameOrigin)).toEqual([])
  })

  it('gives another name to what was merged before and comes to be merged with more', () => {
    const once = planMerges(HOUR, [file('a'), file('b')], sameOrigin)[0]!
    const again = planMerges(HOUR, [{ path: once.merged, bytes: 2_000 }, file('c')], sameOrigin)[0]!
    expect(again.merged).not.toBe(once.merged)
    expect(segmentOfPath(again.merged)).toMatch(/^a\.merged-[0-9a-f]{16}$/)
    expect(planMerges(HOUR, [file('a'), file('b', 1_001)], sameOrigin)[0]!.merged).not.toBe(once.merged)
  })

  it('keeps files of several origins apart', () => {
    const originOf = (segment: string) => segment.slice(0, 1)
    const merges = planMerges(
      HOUR,
      ['a1', 'a2', 'b1', 'c1', 'c2'].map(name => file(name)),
      originOf,
    )
    expect(merges.map(({ segments }) => segmentsOf(segments))).toEqual([
      ['a1', 'a2'],
      ['c1', 'c2'],
    ])
  })

  it('fills files up to a size, and leaves at most one small one, so that it ends', () => {
    let files = Array.from({ length: 40 }, (_, n) => file(`s${String(n).padStart(2, '0')}`, 9_000_000 + n))
    for (let runs = 0; ; runs++) {
      expect(runs).toBeLessThan(3)
      const merges = planMerges(HOUR, files, sameOrigin)
      if (merges.length === 0) break
      for (const { segments } of merges) {
        expect(segments.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(MAX_MERGED_BYTES)
      }
      const gone = new Set(merges.flatMap(({ segments }) => segments))
      const made = merges.map(({ merged, segments }) => ({
        path: merged,
        bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
      }))
      files = [...files.filter(one => !gone.has(one)), ...made].sort((a, b) => (a.path < b.path ? -1 : 1))
    }
    expect(files).toHaveLength(3)
  })
})

const COMPACTION: Compaction = compactionOf(
  HOUR,
  { merged: layer1Path(HOUR, mergedSegment('a', '0f')), segments: [file('a'), file('b', 2_000)] },
  { bytes: 2_500, rows: 30 },
)
const MERGED = { path: COMPACTION.merged.path, bytes: 2_500 }

describe('a compaction', () => {
  it('is read back as it was written', () => {
    expect(parseCompaction(compactionToText(COMPACTION), HOUR, compactionPath(HOUR))).toEqual(COMPACTION)
  })

  it.each([
    ['{', 'it is not JSON'],
    ['[]', 'it is no JSON object'],
    ['{"format":1}', 'it does not say what was merged'],
    [JSON.stringify({ ...COMPACTION, merged: MERGED }), 'it does not say what was merged'],
    [JSON.stringify({ ...COMPACTION, segments: 'a' }), 'it does not say which files were merged'],
    // it says which files may be removed
    [
      JSON.stringify({ ...COMPACTION, segments: [{ path: 'twdw.json', bytes: 1 }] }),
      'it does not say which files were merged',
    ],
    [
      JSON.stringify({ ...COMPACTION, segments: [{ path: layer1Path('2024-01-01T11' as Hour, 'a'), bytes: 1 }] }),
      'it does not say which files were merged',
    ],
    [
      JSON.stringify({ ...COMPACTION, segments: [{ path: layer1Path(HOUR, '../../../../layer2/x'), bytes: 1 }] }),
      'it does not say which files were merged',
    ],
    [JSON.stringify({ ...COMPACTION, segments: [MERGED] }), 'a file cannot be merged into itself'],
  ])('is not guessed at where it is damaged: %s', (text, why) => {
    expect(() => parseCompaction(text, HOUR, 'p')).toThrow(
      expect.objectContaining({ code: 'E_LAKE', message: `p is damaged: ${why}` }),
    )
  })

  it('of a newer format is refused', () => {
    expect(() => parseCompaction('{"format":2}', HOUR, 'p')).toThrow(
      expect.objectContaining({
        code: 'E_LAKE',
        message: 'the file p is of format 2, and this twdw knows formats up to 1',
      }),
    )
  })
})

describe('withoutMerged', () => {
  it('leaves out what the merged file has, once it is there, and nothing that has changed since', () => {
    const files = [file('a'), file('b', 2_000), file('c')]
    expect(withoutMerged(files, [COMPACTION])).toEqual(files)
    expect(withoutMerged([...files, MERGED], [COMPACTION])).toEqual([file('c'), MERGED])
    const changed = [file('a', 999), file('b', 2_000), MERGED]
    expect(withoutMerged(changed, [COMPACTION])).toEqual([file('a', 999), MERGED])
    expect(withoutMerged(changed, [])).toEqual(changed)
  })
})

describe('manifestAfter', () => {
  const counts = { read: 30, duplicates: 2, rejected: 1, tweets: 27 }
  const manifestOf = (inputs: InputFile[]): Manifest => ({
    format: MANIFEST_FORMAT,
    hour: HOUR,
    timeZone: 'UTC',
    inputs,
    outputs: [{ path: 'x', rows: 27 }],
    counts,
    rejectedBy: { because: 1 },
    checks: ['one'],
  })
  const before = manifestOf([file('a'), file('b', 2_000), file('c')])

  it('names the merged file in the place of the others, and is the same in all else', () => {
    const files = [MERGED, file('c')]
    expect(manifestAfter(before, COMPACTION, files)).toEqual({ ...before, inputs: files })
  })

  it.each([
    ['tweets came meanwhile', before, [MERGED, file('c'), file('d')]],
    ['one of the files was another', manifestOf([file('a', 1), file('b', 2_000), file('c')]), [MERGED, file('c')]],
    ['it knew nothing of one', manifestOf([file('a'), file('c')]), [MERGED, file('c')]],
    ['it is so already', manifestOf([MERGED, file('c')]), [MERGED, file('c')]],
    ['tweets of the merged file were forgotten', before, [{ ...MERGED, bytes: 1 }, file('c')]],
  ])('is none where %s', (_, manifest, files) => {
    expect(manifestAfter(manifest, COMPACTION, files)).toBeUndefined()
  })
})
