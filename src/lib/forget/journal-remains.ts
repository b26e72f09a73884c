/** What a journal still holds of what is forgotten: segments that were set aside as damaged, and those of a running listener. */
import type { Forgotten } from '../domain/forget/forgotten.ts'
import { lineHoldsId } from '../domain/forget/id-tokens.ts'
import { counted } from '../domain/wording.ts'
import type { Clock } from '../io/clock.ts'
import type { Journal } from '../io/journal.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import { refuseStopped } from './find-forgotten.ts'

/**
 * Segments that were set aside and hold it. What could be read of them is in the lake, so they may go.
 * @returns paths in the folder. @throws TwdwError E_LAKE
 */
export async function findDamaged(forgotten: Forgotten, folder: Pick<Lake, 'list' | 'read'>): Promise<string[]> {
  const found: string[] = []
  for (const { path } of await folder.list('')) {
    if (!path.endsWith('.damaged')) continue
    const bytes = await folder.read(path)
    if (bytes !== undefined && lineHoldsId(bytes, forgotten)) found.push(path)
  }
  return found
}

const LOOK_EVERY_MS = 250

/**
 * Wait until the listener that writes these segments has sealed them, which it does without what is forgotten.
 * @param lines of it, by segment
 * @returns lines that are still there when the time is over
 * @throws TwdwError E_LAKE, E_INTERRUPTED
 */
export async function waitForSeal(
  lines: ReadonlyMap<string, number>,
  waitMs: number,
  { journal, clock, log }: { journal: Pick<Journal, 'list'>; clock: Clock; log: Log },
  signal?: AbortSignal,
): Promise<number> {
  const endMs = clock.nowMs() + waitMs
  for (;;) {
    const there = new Set(await journal.list())
    const left = [...lines].reduce((sum, [segment, rows]) => sum + (there.has(segment) ? rows : 0), 0)
    if (left === 0 || clock.nowMs() >= endMs) return left
    refuseStopped(signal)
    log.progress(`waiting for the listener to seal ${counted(left, 'line')} of its journal`)
    await clock.sleep(LOOK_EVERY_MS, signal)
  }
}
