/**
 * All sections, in the order in which they are measured.
 *
 * A new one is a module in `sections/`, its line here, and in its page a `<!-- bench: name -->` with an `<!-- end -->`.
 */
import type { Section } from './section.ts'
import { consolidate } from './sections/consolidate.ts'
import { csv } from './sections/csv.ts'
import { day } from './sections/day.ts'
import { parquet } from './sections/parquet.ts'
import { query } from './sections/query.ts'
import { readers } from './sections/readers.ts'
import { replay } from './sections/replay.ts'
import { scale } from './sections/scale.ts'
import { stream } from './sections/stream.ts'
import { tagGroups } from './sections/tag-groups.ts'

export const SECTIONS: readonly Section[] = [
  replay,
  csv,
  stream,
  readers,
  consolidate,
  query,
  day,
  parquet,
  tagGroups,
  scale,
]
