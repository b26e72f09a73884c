/** One answer as a page: what it looks like, its numbers, and how they were come by. */

import type { Cells } from '../answer/cells.ts'
import { type AnswerFacts, answerNotes } from '../answer/notes.ts'
import { instantToLocalText, offsetsByDay } from '../question/local-time.ts'
import { firstCountOf } from '../question/pivot.ts'
import type { Preset } from '../question/preset.ts'
import { presetStatements } from '../question/preset-sql.ts'
import { presetTitle, questionToCommand } from '../question/question-words.ts'
import { tableToHtml } from './html-table.ts'
import { definitions, figure, pageToHtml } from './page.ts'
import type { Picture } from './picture.ts'

/** Where an answer comes from. */
export interface Provenance {
  question: { preset: Preset } | { sql: string; readsAllFiles: boolean }
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
  const counts = 'sql' in from.question ? [] : columns.slice(firstCountOf(from.question.preset))
  const grouped = counts.map(({ name }) => name)
  const table = tableToHtml(columns, from.facts.rows, { label: title, grouped })
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
  const statements =
    'sql' in question ? [question] : presetStatements(question.preset, facts.span, facts.previous?.span)
  return `<details open>
<summary>How this was made</summary>
${definitions([
  ['Question', questionToCommand(question, more), 'code'],
  ...('sql' in question ? [] : [['SQL', statements.map(({ sql }) => sql).join(';\n\n'), 'code'] as const]),
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
