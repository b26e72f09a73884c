/** Segment makers in this process, where a test can look at what they do. */
import { recordsIn } from '../../src/lib/io/journal-records.ts'
import type { Lake } from '../../src/lib/io/lake.ts'
import { type MakerPorts, openSegmentMaker, type SegmentMaker } from '../../src/lib/listen/segment-maker.ts'
import { openTombstones } from '../../src/lib/tombstones.ts'
import { createMemoryLake } from './memory-lake.ts'

/** @param lake that the tables are in, with its tombstones; left out: nothing is forgotten */
export function makersOf(tables: MakerPorts['tables'], lake: Lake = createMemoryLake()): SegmentMaker[] {
  return [openSegmentMaker({ tables, lake, tombstones: openTombstones(lake), recordsIn })]
}
