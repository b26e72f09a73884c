/** An answer and what is known of it, in the form that was asked for. */
import type { Table } from 'apache-arrow'
import { isTimeColumn, type Preset } from '../question/preset.ts'
import type { Colors } from './ansi.ts'
import { drawChart } from './chart.ts'
import { pictureOf } from './drawable.ts'
import { columnsOf, formatAnswer } from './formats.ts'
import type { ChartWord, TextFormat } from './forms.ts'
import { type AnswerFacts, answerNotes } from './notes.ts'

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
}

export interface RenderedAnswer {
  /** for stdout or a file; the last one ends with a line end */
  pieces: Iterable<string>
  /** sentences that do not belong into data, for stderr */
  asides: string[]
}

/** @throws TwdwError E_USAGE for a chart of an answer that has no numbers */
export function renderAnswer(table: Table, facts: AnswerFacts, rendering: Rendering): RenderedAnswer {
  const { form, preset, width } = rendering
  const notes = answerNotes(facts)
  if (preset?.by.includes('weekday') && form !== 'chart') notes.push('weekday 1 is Monday')
  const under = `${notes.join('\n')}\n`
  if (form === 'chart') return { pieces: [drawAnswer(table, facts, rendering), `\n${under}`], asides: [] }
  // for eyes on a terminal, the years between two tweets are one line
  const foldsZeros = width !== undefined && preset?.by.some(isTimeColumn) === true
  const pieces = formatAnswer(table, form, facts.zone, { width, foldsZeros })
  if (form === 'table') return { pieces: [...pieces, under], asides: [] }
  // programs get nothing but data; a person who wonders at nothing is told why
  return { pieces, asides: facts.emptyBecause === undefined ? [] : notes }
}

function drawAnswer(table: Table, facts: AnswerFacts, { preset, width, colors, chart }: Rendering): string {
  const picture = pictureOf(columnsOf(table, facts.zone), table.numRows, preset, chart ?? 'auto', 'terminal')
  return drawChart(picture, { width: width ?? 80, colors })
}
