/** One answer as a page: what it looks like, its numbers, and how they were come by. */

import type { Cells } from '../answer/cells.ts'
import { type AnswerFacts, answerNotes } from '../answer/notes.ts'
import { instantToLocalText, offsetsByDay } from '../question/local-time.ts'
import type { Preset } from '../question/preset.ts'
import { presetToSql } from '../question/preset-sql.ts'
import { presetTitle, questionToCommand } from '../question/question-words.ts'
import { tableToHtml } from './html-table.ts'
import { definitions, figure, pageToHtml } from './page.ts'
import type { Picture } from './picture.ts'

/** Where an answer comes from. */
export interface Provenance {
  question: { preset: Preset } | { sql: string }
  facts: AnswerFacts
  /** of the lake, as its user knows it */
  lake: string
  version: string
  madeAtMs: number
}

/** One line that says what the numbers are. */
export function titleOf({ question }: Pick<Provenance, 'question'>): string {
  return 'sql' in question ? 'An answer to a question in SQL' : presetTitle(question.preset)
}

/** A page without a chart where `picture` is undefined. @param script text of src/browser/page.ts, as it was bundled */
export function answerToPage(
  columns: readonly Cells[],
  picture: Picture | undefined,
  from: Provenance,
  script: string,
): string {
  const title = titleOf(from)
  const [range = '', ...others] = answerNotes(from.facts)
  const metric = 'sql' in from.question ? [] : [from.question.preset.metric]
  const table = tableToHtml(columns, from.facts.rows, { label: title, grouped: metric })
  return pageToHtml({
    title,
    subtitles: [range, ...others],
    body: `<section>
${picture === undefined ? '' : figure(picture, 0, title)}${table}</section>
${provenance(from)}`,
    drawings: picture === undefined ? [] : [picture],
    script,
  })
}

function provenance(from: Provenance): string {
  const { question, facts, lake, version } = from
  const more = [...(facts.batchOnly ? ['--batch-only'] : []), '--lake', lake]
  const sql = 'sql' in question ? question.sql : presetToSql(question.preset, facts.span).sql
  return `<details open>
<summary>How this was made</summary>
${definitions([
  ['Question', questionToCommand(question, more), 'code'],
  ...('sql' in question ? [] : [['SQL', sql, 'code'] as const]),
  ['Lake', lake],
  ['Time zone', facts.zone.name],
  ['Made', madeText(from)],
  ['With', `twdw ${version}`],
])}</details>
`
}

/** In the lake's zone, to the minute. */
export function madeText({ madeAtMs, facts }: Pick<Provenance, 'madeAtMs' | 'facts'>): string {
  const minuteMs = Math.floor(madeAtMs / 60_000) * 60_000
  return instantToLocalText(minuteMs, offsetsByDay(facts.zone.clock))
}
