/** Publishing what an earlier process left in the journal: the first thing that a listener does. */
import { counted } from '../domain/wording.ts'
import { foreignText } from '../domain/x/matched.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { Journal } from '../io/journal.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import { extendSession } from './extend-session.ts'
import { leftOutText } from './left-out.ts'
import type { PublishedSegment, SegmentMaker } from './segment-maker.ts'
import type { Spending } from './spending.ts'
import { Upcoming } from './upcoming.ts'

export interface RecoveryPorts {
  maker: SegmentMaker
  journal: Journal
  spending: Spending
  lake: Lake
  clock: Clock
  log: Log
}

/** A lake that takes no segment for so long hangs: nothing is listened to before it does. */
const TAKEN_WITHIN_MS = 240_000

/**
 * The records of its sessions are made to reach as far as it does.
 * @throws TwdwError E_LAKE when the lake or the disk fails; what is not published stays in the journal
 */
export async function recoverSegments(ports: RecoveryPorts): Promise<PublishedSegment[]> {
  const { maker, journal, spending, lake, clock } = ports
  const recovered: PublishedSegment[] = []
  for (const segment of await journal.leftBehind()) {
    const content = await journal.read(segment)
    if (content === undefined) continue
    const { header, bytes, tornBytes, damagedBytes } = content
    await extendSession(content, ports)
    const { usage, foreign, lines } = await maker.add(segment, header, bytes)
    const publishing = new Upcoming(maker.publish(segment, lines))
    if (!(await publishing.within(TAKEN_WITHIN_MS, clock))) throw hangs(segment, lake.url)
    const published = await publishing.value
    await spending.settle(segment, usage)
    // last: until here the journal is the only whole copy of these lines
    await (damagedBytes === 0 ? journal.remove(segment) : journal.setAside(segment))
    recovered.push(published)
    tell(ports.log, published, { foreign, tornBytes, damagedBytes })
  }
  return recovered
}

function hangs(segment: string, url: string): TwdwError {
  const sentence = `the lake ${url} has not taken segment ${segment} of an earlier run for ${TAKEN_WITHIN_MS / 1000} s`
  return new TwdwError('E_LAKE', sentence, {
    hint: 'see whether its disk answers; the segment is safe in the journal, and the next start stores it first',
  })
}

function tell(
  log: Log,
  { segment, tweets, rejected, forgotten }: PublishedSegment,
  { foreign, tornBytes, damagedBytes }: { foreign: number; tornBytes: number; damagedBytes: number },
): void {
  const counts = `${counted(tweets, 'tweet')} and ${counted(rejected, 'rejected line')}`
  const torn = tornBytes === 0 ? '' : `; ${counted(tornBytes, 'byte')} at its end were cut off and never acknowledged`
  const left = foreign === 0 ? '' : `; ${foreignText(foreign)}`
  log.info(`recovered ${counts} of segment ${segment}${leftOutText(forgotten)}${left}${torn}`, {
    event: 'recovered',
    segment,
    tweets,
    rejected,
    foreign,
    tornBytes,
  })
  if (damagedBytes === 0) return
  const sentence = `${counted(damagedBytes, 'byte')} of segment ${segment} are damaged; it is kept as ${segment}.journal.damaged`
  log.warn(`${sentence}. Check the disk`, { event: 'damaged', segment, damagedBytes })
}
