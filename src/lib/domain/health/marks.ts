/** Marks in front of a line that say at a glance how something is; in colour where a terminal has it. */

/** `ok`, `busy` and so on are what is meant; which colour that is stands here only. */
export type Mood = 'ok' | 'careful' | 'bad' | 'idle'

const COLORS: Readonly<Record<Mood, number>> = { ok: 32, careful: 33, bad: 31, idle: 90 }

export function markText(mark: string, mood: Mood, isColored: boolean): string {
  return isColored ? `\x1b[${COLORS[mood]}m${mark}\x1b[39m` : mark
}
