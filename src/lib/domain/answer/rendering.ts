/** An answer and what is known of it, as text in the form that was asked for. */
import type { Table } from 'apache-arrow'
import { firstCountOf } from '../question/pivot.ts'
import { isTimeColumn, type Preset } from '../question/preset.ts'
import type { Colors } from './ansi.ts'
import { drawChart } from './chart.ts'
import { pictureOf } from './drawable.ts'
import { columnsOf, formatAnswer } from './formats.ts'
import type { ChartWord, TextFormat } from './forms.ts'
import { idsToTexts } from './ids-as-text.ts'
import { type AnswerFacts, answerNotes } from './notes.ts'
import { terminalLines } from './text-table.ts'

export interface Rendering {
  form: TextFormat | 'chart'
  /** undefined for SQL */
  preset: Preset | undefined
  /** cells of a line; undefined: as wide as it needs */
  width: number | undefined
  /** what charts are drawn with */
  colors: Colors
  /** which chart; undefined: what fits */
  chart: ChartWord | undefined
  /** a terminal obeys what stands in the text of a tweet, and puts it right to left if it is */
  isTerminal: boolean
  /** ids as text that no program takes for numbers; a table and Markdown are read by people, and show every digit anyway */
  idsAsText: boolean
}

export interface RenderedAnswer {
  /** for stdout or a file, each made when it is asked for; the last one ends with a line end */
  pieces: Iterable<string>
  /** sentences that do not belong into data, for stderr */
  asides: string[]
}

/** @throws TwdwError E_USAGE for a chart of an answer that has no numbers */
export function renderAnswer(table: Table, facts: AnswerFacts, rendering: Rendering): RenderedAnswer {
  const { form, preset, width } = rendering
  const notes = answerNotes(facts)
  if (preset?.by.includes('weekday') && form !== 'chart') notes.push('weekday 1 is Monday')
  if (preset?.pivot !== undefined && preset.top !== undefined) {
    notes.push(`– is none of the ${preset.top} that --top keeps`)
  }
  const under = `${notes.join('\n')}\n`
  if (form === 'chart') return { pieces: [drawAnswer(table, facts, rendering), `\n${under}`], asides: [] }
  // for eyes on a terminal, the years between two tweets are one line
  const foldsZeros = width !== undefined && preset?.by.some(isTimeColumn) === true
  const firstCount = preset && firstCountOf(preset)
  const { isTerminal } = rendering
  const isForPrograms = form !== 'table' && form !== 'markdown'
  const { table: shown, ids } = rendering.idsAsText && isForPrograms ? idsToTexts(table) : { table, ids: undefined }
  const pieces = formatAnswer(shown, form, facts.zone, { width, foldsZeros, firstCount, isTerminal }, ids)
  if (form === 'table') return { pieces: followedBy(pieces, under), asides: [] }
  return { pieces: isTerminal ? forTerminal(pieces) : pieces, asides: answerAsides(facts) }
}

/** Sentences beside an answer of which programs get nothing but data: a person who wonders at nothing is told why. */
export function answerAsides(facts: AnswerFacts): string[] {
  const hasNothing = facts.emptyBecause !== undefined || facts.unknownTags.length > 0
  return hasNothing ? answerNotes(facts) : []
}

function* forTerminal(pieces: Iterable<string>): Iterable<string> {
  for (const piece of pieces) yield terminalLines(piece)
}

function* followedBy(pieces: Iterable<string>, last: string): Iterable<string> {
  yield* pieces
  yield last
}

function drawAnswer(table: Table, facts: AnswerFacts, { preset, width, colors, chart }: Rendering): string {
  const picture = pictureOf(columnsOf(table, facts.zone), table.numRows, preset, chart ?? 'auto', 'terminal')
  return drawChart(picture, { width: width ?? 80, colors })
}
