/**
 * A listener whose disk is full for a while, and X, which goes on sending and then hangs up on it: what was under way by
 * then is gone, and only search has it.
 */
import { consolidate } from '../../src/lib/consolidate/consolidate.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import type { Clock } from '../../src/lib/io/clock.ts'
import type { Journal, JournalSegment } from '../../src/lib/io/journal.ts'
import type { XDouble } from '../x-double/double.ts'
import type { StreamLine } from '../x-double/lines.ts'
import { beat, type Step, sendOrHangUp } from '../x-double/script.ts'
import { ALL_HOURS } from './consolidate-lake.ts'
import { filledTimes, runFill, storedIn } from './fill-run.ts'
import { fixedClock } from './fixed-clock.ts'
import { ownHand } from './own-hand.ts'
import { silentLog } from './silent-log.ts'
import { withTempFolder } from './temp-folder.ts'
import { tweetLine } from './tweet-lines.ts'

export interface SlowReading {
  /** what the listener said */
  sentences: readonly string[]
  /** tweets that X made and began to send */
  sent: number
  /** of them those that the stream brought */
  streamed: number
  /** of all, what layer1 or layer2 lacks */
  lost: number
  /** ids that layer2 has more than once */
  doubled: number
}

/** A second is 40, so that a minute of standing still is short. */
const SPEED = 40
const PATIENCE_MS = 1_500
const A_WRITE = 20
/** Makes a tweet large: sockets hold megabytes before their writer has to wait. */
const PADDING = 'x'.repeat(12_000)
const LATER = '2026-10-01T00:00:00Z'

export function readSlowly(): Promise<SlowReading> {
  return withTempFolder(async folder => {
    const tweets: StreamLine[] = []
    let clock: Clock | undefined
    let x: XDouble | undefined
    async function* flood(): AsyncGenerator<Step> {
      for (;;) {
        const made = Array.from({ length: A_WRITE }, (_, n) => tweetNow(clock!, tweets.length + n))
        tweets.push(...made)
        yield sendOrHangUp(made.map(line => `${JSON.stringify(line)}\r\n`).join(''), PATIENCE_MS)
      }
    }
    const isHungUp = () => x?.connections[0]?.socket.destroyed ?? false
    const { lake, log } = await runFill(folder, {
      speed: SPEED,
      double: { tweets, stream: [flood(), [beat(20)]] },
      wrapJournal: journal => fullAfter(journal, 5 * A_WRITE, isHungUp),
      during: (double, runClock) => {
        x = double
        clock = runClock
      },
      until: filledTimes(1),
    })
    const stored = await storedIn(lake)
    const ports = { lake, ...ownHand(lake), clock: fixedClock(LATER), log: silentLog }
    await consolidate(ALL_HOURS, ports)
    const facts: string[] = []
    for (const { path } of await lake.list('layer2/fact_tweet/')) {
      facts.push(...[...((await ports.tables.read(path, ['tweet_id']))?.getChild('tweet_id') ?? [])].map(String))
    }
    const [inLayer1, inLayer2] = [new Set(stored.map(({ id }) => id)), new Set(facts)]
    return {
      sentences: log.sentences(),
      sent: tweets.length,
      streamed: new Set(stored.filter(({ source }) => source === 'stream').map(({ id }) => id)).size,
      lost: tweets.filter(({ data }) => !inLayer1.has(data.id) || !inLayer2.has(data.id)).length,
      doubled: facts.length - inLayer2.size,
    }
  })
}

function tweetNow(clock: Clock, n: number): StreamLine {
  const line = JSON.parse(tweetLine(new Date(clock.nowMs()).toISOString(), n % 4096))
  return { ...line, data: { ...line.data, text: `${line.data.text} ${PADDING}` } }
}

/** The disk has no room for more than so many lines before it `hasRoom` again. */
function fullAfter(journal: Journal, lines: number, hasRoom: () => boolean): Journal {
  let left = lines
  const withLittleRoom = (segment: JournalSegment): JournalSegment => ({
    name: segment.name,
    get bytes() {
      return segment.bytes
    },
    get unsynced() {
      return segment.unsynced
    },
    async append(batch) {
      if (left < batch.lines.length && !hasRoom()) {
        const cause = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
        throw new TwdwError('E_LAKE', `the journal segment ${segment.name} cannot take more: the disk is full`, {
          cause,
        })
      }
      left -= batch.lines.length
      await segment.append(batch)
    },
    sync: () => segment.sync(),
    close: () => segment.close(),
  })
  return { ...journal, begin: async header => withLittleRoom(await journal.begin(header)) }
}
