/**
 * The demo source: lines that were made up in advance, each handed out when its time has come.
 *
 * Demo time runs `speed` times as fast as the clock and starts with the session. A reader that is too slow loses
 * nothing: lines that are due wait for it.
 */
import type { Clock } from '../clock.ts'
import type { LineBatch, Source } from './source.ts'

/** A line and its time. */
export interface TimedLine {
  /** milliseconds since 1970-01-01T00:00Z, in demo time; never earlier than the line before */
  atMs: number
  /** JSON text without a line end */
  line: string
}

export interface DemoSourceOptions {
  /** an endless run of lines, or one that ends the session with its last line */
  lines: Iterable<TimedLine>
  /** demo time at which a session starts, milliseconds since 1970-01-01T00:00Z */
  startMs: number
  /** demo seconds in one real second, > 0; Infinity = as fast as the reader takes them */
  speed: number
  clock: Clock
}

/** longest run of lines in one batch: below it an abort is answered at once */
const MAX_BATCH_LINES = 1000
/** shortest sleep: lines that come faster arrive together */
const MIN_SLEEP_MS = 10
/** longest silence; an empty batch then says that the source is alive */
const MAX_SLEEP_MS = 1000

/** A source that paces `lines`. Each session begins with the first line that `lines` gives. */
export function openDemo(options: DemoSourceOptions): Source {
  return { open: signal => pace(options, signal) }
}

async function* pace(options: DemoSourceOptions, signal: AbortSignal): AsyncGenerator<LineBatch> {
  const { clock, startMs, speed } = options
  const openedMs = clock.nowMs()
  const dueMs = (line: TimedLine) => openedMs + (line.atMs - startMs) / speed
  const iterator = options.lines[Symbol.iterator]()
  let next = iterator.next()
  while (!next.done && !signal.aborted) {
    const nowMs = clock.nowMs()
    const lines: Uint8Array[] = []
    while (!next.done && lines.length < MAX_BATCH_LINES && dueMs(next.value) <= nowMs) {
      lines.push(Buffer.from(next.value.line))
      next = iterator.next()
    }
    yield { lines, capturedAtMs: nowMs }
    const waitMs = next.done || lines.length === MAX_BATCH_LINES ? 0 : dueMs(next.value) - nowMs
    // also where nothing is to be waited for: timers and signals want their turn
    await clock.sleep(waitMs <= 0 ? 0 : Math.min(Math.max(waitMs, MIN_SLEEP_MS), MAX_SLEEP_MS), signal)
  }
  iterator.return?.()
}
