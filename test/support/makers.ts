/** Segment makers in this process, where a test can look at what they do. */
import { recordsIn } from '../../src/lib/io/journal-records.ts'
import type { Tables } from '../../src/lib/io/tables.ts'
import { openSegmentMaker, type SegmentMaker } from '../../src/lib/listen/segment-maker.ts'

export function makersOf(tables: Pick<Tables, 'write' | 'openWriter'>): SegmentMaker[] {
  return [openSegmentMaker({ tables, recordsIn })]
}
