/**
 * Watching: one question asked again and again, its answer drawn over the one before.
 *
 * It goes on until it is told to stop, which is how it is meant to end and no failure, or until nobody looks any more. The last
 * answer stays where it is.
 */
import { drawFrame } from '../domain/answer/frame.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { Outlet } from '../io/street.ts'

/** Where a terminal does not say how large it is. */
const USUAL_SCREEN = { columns: 80, rows: 24 }

/**
 * @param ask makes the text of an answer, over the lake as it is by then; lines, each with its line end
 * @throws whatever a question throws, but not that it was interrupted
 */
export async function watch(
  everyMs: number,
  ask: () => Promise<string>,
  { clock, screen }: { clock: Pick<Clock, 'sleep'>; screen: Outlet },
  signal: AbortSignal,
): Promise<void> {
  let lines = 0
  while (!signal.aborted) {
    const text = await ask().catch((error: unknown) => {
      if (signal.aborted && error instanceof TwdwError && error.code === 'E_INTERRUPTED') return undefined
      throw error
    })
    if (text === undefined) break
    const { columns = USUAL_SCREEN.columns, rows = USUAL_SCREEN.rows } = screen
    const frame = drawFrame(text, lines, { columns, rows })
    if (!(await screen.write(frame.text))) return
    lines = frame.lines
    await clock.sleep(everyMs, signal)
  }
  // the terminal has written ^C where the cursor was
  await screen.write('\n')
}
