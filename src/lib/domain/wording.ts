/** How numbers read in a sentence. */

/** `1 tweet`, `2,048 tweets`, `3 hours`. @param noun one that takes a plain s */
export function counted(n: number, noun: string): string {
  return `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`
}

/** `1 hour, 2024-01-01T10 UTC`, `38 hours, 2024-01-01T03 to 2024-01-02T16 UTC`; there may be others in between. */
export function hoursText(count: number, first: string, last: string): string {
  return `${counted(count, 'hour')}, ${first === last ? first : `${first} to ${last}`} UTC`
}

const SECOND_MS = 1000
/** Longest first, each with the one that follows it. */
const SPANS = [
  { ms: 86_400_000, unit: 'd', restMs: 3_600_000, rest: 'h' },
  { ms: 3_600_000, unit: 'h', restMs: 60_000, rest: 'min' },
  { ms: 60_000, unit: 'min', restMs: SECOND_MS, rest: 's' },
] as const

/** A span of time to two figures or so: `340 ms`, `4.2 s`, `45 s`, `2 h 3 min`, `-1.5 s`. */
export function spanText(ms: number): string {
  if (ms < 0) return `-${spanText(-ms)}`
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`
  const span = SPANS.find(one => ms >= one.ms)
  if (span === undefined) return `${trimmed(ms / SECOND_MS)} s`
  const rest = Math.floor((ms % span.ms) / span.restMs)
  return `${Math.floor(ms / span.ms)} ${span.unit}${rest === 0 ? '' : ` ${rest} ${span.rest}`}`
}

const BYTE_UNITS = ['KB', 'MB', 'GB', 'TB'] as const

/** `512 bytes`, `1.2 MB`, `143 GB`: powers of a thousand, as disks are sold. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return counted(bytes, 'byte')
  const power = Math.min(BYTE_UNITS.length, Math.floor(Math.log10(bytes) / 3))
  return `${trimmed(bytes / 1000 ** power)} ${BYTE_UNITS[power - 1]}`
}

/** One digit behind the point below ten, none above. */
function trimmed(n: number): string {
  return n < 10 ? String(Math.floor(n * 10) / 10) : Math.floor(n).toLocaleString('en-US')
}

/** Text from outside as one line that moves no cursor. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim()
}
