/** All sections, in the order in which they are measured and told. */
import type { Section } from './section.ts'
import { consolidate } from './sections/consolidate.ts'
import { day } from './sections/day.ts'
import { readers } from './sections/readers.ts'
import { replay } from './sections/replay.ts'
import { stream } from './sections/stream.ts'
import { tagGroups } from './sections/tag-groups.ts'

export const SECTIONS: readonly Section[] = [replay, stream, readers, consolidate, day, tagGroups]
