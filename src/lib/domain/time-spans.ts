/**
 * Spans of time, and what sets of them cover together.
 *
 * Half-open: `fromMs` is inside, `toMs` is not. A set is in order when its spans ascend, none is empty and no two overlap
 * or touch, so that each stretch of time is written in one way only; `unionOf` makes such a set, the others take and give them.
 */

/** Milliseconds since 1970-01-01T00:00Z. */
export interface TimeSpan {
  fromMs: number
  toMs: number
}

/** Whether so long has passed. A clock that was put back by more says so too: better soon than not for hours. */
export function hasPassed(ms: number, sinceMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - sinceMs) >= ms
}

/** What any of the spans covers, in order. */
export function unionOf(spans: readonly TimeSpan[]): TimeSpan[] {
  const union: TimeSpan[] = []
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = union.at(-1)
    if (toMs <= fromMs) continue
    if (last === undefined || fromMs > last.toMs) union.push({ fromMs, toMs })
    else last.toMs = Math.max(last.toMs, toMs)
  }
  return union
}

/** What `spans` cover and `holes` do not. Both in order, and so is what comes out. */
export function without(spans: readonly TimeSpan[], holes: readonly TimeSpan[]): TimeSpan[] {
  const rest: TimeSpan[] = []
  let hole = 0
  for (const span of spans) {
    let { fromMs } = span
    while (hole < holes.length && holes[hole]!.toMs <= fromMs) hole += 1
    for (let next = hole; next < holes.length && holes[next]!.fromMs < span.toMs; next++) {
      if (holes[next]!.fromMs > fromMs) rest.push({ fromMs, toMs: holes[next]!.fromMs })
      fromMs = holes[next]!.toMs
    }
    if (fromMs < span.toMs) rest.push({ fromMs, toMs: span.toMs })
  }
  return rest
}

/** What of the spans, in order, lies within one more; all else that they carry stays. */
export function clip<S extends TimeSpan>(spans: readonly S[], { fromMs, toMs }: TimeSpan): S[] {
  return spans
    .map(span => ({ ...span, fromMs: Math.max(span.fromMs, fromMs), toMs: Math.min(span.toMs, toMs) }))
    .filter(span => span.fromMs < span.toMs)
}

/** How long spans that do not overlap are together. */
export function lengthMs(spans: readonly TimeSpan[]): number {
  return spans.reduce((sumMs, { fromMs, toMs }) => sumMs + toMs - fromMs, 0)
}
