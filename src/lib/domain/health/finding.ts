/**
 * Findings: what a check of the doctor came to, and what all of them together mean for the exit status.
 *
 * A fault is what keeps the program from doing its work; a warning is what will, or what is careless. Only faults make
 * the status other than 0, and of several the gravest: what loses tweets first.
 */
import { type ErrorCode, EXIT_STATUS, TwdwError } from '../../errors.ts'
import { counted, oneLine } from '../wording.ts'
import { type Mood, markText } from './marks.ts'

export type Level = 'ok' | 'warning' | 'fault' | 'skipped'

export interface Finding {
  /** what was looked at: `token`, `clock`, `lake-disk` */
  check: string
  level: Level
  /** what was found, with values; of a skipped check why */
  sentence: string
  /** the next step to take; null where there is none */
  remedy: string | null
  /** of a fault its kind, which gives the exit status; null otherwise */
  code: ErrorCode | null
}

export function ok(check: string, sentence: string, remedy: string | null = null): Finding {
  return { check, level: 'ok', sentence, remedy, code: null }
}

export function warning(check: string, sentence: string, remedy: string): Finding {
  return { check, level: 'warning', sentence, remedy, code: null }
}

export function fault(check: string, code: ErrorCode, sentence: string, remedy: string | null): Finding {
  return { check, level: 'fault', sentence, remedy, code }
}

export function skipped(check: string, because: string): Finding {
  return { check, level: 'skipped', sentence: because, remedy: null, code: null }
}

/** A failure that a check ran into, as its finding. */
export function faultFrom(check: string, { code, message, hint }: TwdwError): Finding {
  return fault(check, code, message, hint ?? null)
}

/** What loses tweets comes first, what may pass by itself last. */
const GRAVEST_FIRST: readonly ErrorCode[] = [
  'E_LAKE',
  'E_DATA',
  'E_REFUSED',
  'E_CAP',
  'E_USAGE',
  'E_SOURCE',
  'E_INTERRUPTED',
]

/** The failure with which the doctor ends; undefined when there is no fault. */
export function failureOf(findings: readonly Finding[]): TwdwError | undefined {
  const faults = findings.filter(({ level }) => level === 'fault')
  const code = GRAVEST_FIRST.find(one => faults.some(finding => finding.code === one))
  if (code === undefined) return undefined
  const names = [...new Set(faults.map(({ check }) => check))].join(', ')
  return new TwdwError(code, `${counted(faults.length, 'fault')} found: ${names}`, {
    hint: 'the next step stands under each of them; then run twdw doctor again',
  })
}

/** The kind of failure of which a twdw that ended with this status told; undefined for a status of none. */
export function codeOfStatus(status: number): ErrorCode | undefined {
  return (Object.keys(EXIT_STATUS) as ErrorCode[]).find(code => EXIT_STATUS[code] === status)
}

const MARKS: Readonly<Record<Level, { mark: string; mood: Mood }>> = {
  ok: { mark: '✓', mood: 'ok' },
  warning: { mark: '!', mood: 'careful' },
  fault: { mark: '✗', mood: 'bad' },
  skipped: { mark: '·', mood: 'idle' },
}

/** The widest name of a check and a gap. */
const NAME_CELLS = 14

/** One finding for a person: a line, and below it the remedy. */
export function findingToText({ check, level, sentence, remedy }: Finding, isColored: boolean): string {
  const { mark, mood } = MARKS[level]
  const what = `${level === 'skipped' ? 'skipped: ' : ''}${oneLine(sentence)}`
  const line = `${markText(mark, mood, isColored)} ${check.padEnd(NAME_CELLS)}${what}\n`
  return remedy === null ? line : `${line}  ${' '.repeat(NAME_CELLS)}try: ${oneLine(remedy)}\n`
}

/** The line below all findings. */
export function findingsSummary(findings: readonly Finding[]): string {
  const count = (level: Level) => findings.filter(finding => finding.level === level).length
  const [warnings, faults, skips] = [count('warning'), count('fault'), count('skipped')]
  const parts = [
    `${counted(findings.length, 'check')}: ${count('ok')} in order`,
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
    ...(faults > 0 ? [counted(faults, 'fault')] : []),
    ...(skips > 0 ? [`${skips} skipped`] : []),
  ]
  return `\n${parts.join(', ')}\n`
}
