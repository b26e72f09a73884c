/** What a report on a hashtag knows, as values: answers to its questions, and what was listened to meanwhile. */
import type { Cells } from '../answer/cells.ts'
import type { AnswerFacts } from '../answer/notes.ts'
import type { RuleCoverage } from '../coverage.ts'
import type { Preset } from '../question/preset.ts'
import type { TimeSpan } from '../time-spans.ts'

/** One question of a report and its answer. */
export interface ReportPart {
  columns: readonly Cells[]
  rows: number
  /** as it was asked */
  sql: string
  /** undefined: it was asked in SQL */
  preset: Preset | undefined
}

export type PartName =
  | 'bounds'
  | 'volume'
  | 'kinds'
  | 'langs'
  | 'langNames'
  | 'authors'
  | 'hashtags'
  | 'pairs'
  | 'hours'
  | 'week'

export interface TagReport {
  /** what narrows all its questions; it has one tag */
  about: Preset
  facts: AnswerFacts
  /** what the report is about: the span, as far as the first and the last tweet reach where it is open */
  range: TimeSpan
  totals: { tweets: number; authors: string; reach: string }
  parts: Readonly<Record<PartName, ReportPart>>
  coverage: {
    /** within the range */
    rules: readonly RuleCoverage[]
    /** false: the tag has no rule of its own, and these are all rules of the lake */
    isOfTag: boolean
  }
}

/** A value of an answer; null where there is none. */
export function cell(part: ReportPart, name: string, row = 0): string | null {
  return part.columns.find(column => column.name === name)?.text(row) ?? null
}

/** One value a row. @param makeOne is handed the texts of a row */
export function rowsOf<T>(part: ReportPart, makeOne: (text: (name: string) => string | null) => T): T[] {
  return Array.from({ length: part.rows }, (_, row) => makeOne(name => cell(part, name, row)))
}
