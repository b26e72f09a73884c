/**
 * Until when a connection was heard.
 *
 * While its reader stands still, with a full disk for instance or as a process that was stopped, what X sends piles up on the way, and X hangs up on a reader
 * that is too slow and throws away what it had for it. So what is read after a standstill does not prove that nothing is
 * missing before it, until reading has gone on for so long that all that had piled up must have come.
 */

/** X sends something every 20 s: longer pauses were ours, of a process or a machine that was stopped for a while. */
const MAX_PAUSE_MS = 30_000
/** Less than what a search for the gap reaches beyond it. */
const STANDSTILL_MS = 5_000
const CAUGHT_UP_MS = 60_000

export class Heard {
  /** when something came last */
  lastMs = 0
  private standstill: { fromMs: number; toMs: number } | undefined

  /** Up to here nothing is missing. */
  get surelyMs(): number {
    return this.standstill?.fromMs ?? this.lastMs
  }

  note(atMs: number): void {
    if (this.lastMs > 0 && atMs - this.lastMs > MAX_PAUSE_MS) this.stoodStill(this.lastMs, atMs)
    this.lastMs = atMs
    if (this.standstill !== undefined && atMs - this.standstill.toMs > CAUGHT_UP_MS) this.standstill = undefined
  }

  /** Nothing was read for so long, though there may have been something. */
  stoodStill(fromMs: number, toMs: number): void {
    if (toMs - fromMs < STANDSTILL_MS) return
    this.standstill = { fromMs: this.surelyMs, toMs }
  }
}
