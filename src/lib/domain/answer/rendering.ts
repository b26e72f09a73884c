/** An answer and what is known of it, in the form that was asked for. */
import type { Table } from 'apache-arrow'
import { TwdwError } from '../../errors.ts'
import { firstCountOf } from '../question/pivot.ts'
import { columnNameOf, isTimeColumn, type Preset } from '../question/preset.ts'
import type { Cells } from './cells.ts'
import { chartSeries, drawChart } from './chart.ts'
import { columnsOf, formatAnswer } from './formats.ts'
import type { AnswerFormat } from './forms.ts'
import { type AnswerFacts, answerNotes } from './notes.ts'

export interface Rendering {
  form: AnswerFormat | 'chart'
  /** undefined for SQL */
  preset: Preset | undefined
  /** cells of a line; undefined: as wide as it needs */
  width: number | undefined
  /** ANSI colours, for charts */
  isColored: boolean
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
  if (preset?.by.includes('weekday')) notes.push('weekday 1 is Monday')
  if (preset?.pivot !== undefined && preset.top !== undefined)
    notes.push(`– is none of the ${preset.top} that --top keeps`)
  const under = `${notes.join('\n')}\n`
  if (form === 'chart') return { pieces: [drawAnswer(table, facts, rendering), `\n${under}`], asides: [] }
  // for eyes on a terminal, the years between two tweets are one line
  const foldsZeros = width !== undefined && preset?.by.some(isTimeColumn) === true
  const firstCount = preset && firstCountOf(preset)
  const pieces = formatAnswer(table, form, facts.zone, { width, foldsZeros, firstCount })
  if (form === 'table') return { pieces: [...pieces, under], asides: [] }
  // programs get nothing but data; a person who wonders at nothing is told why
  return { pieces, asides: facts.emptyBecause === undefined ? [] : notes }
}

function drawAnswer(table: Table, facts: AnswerFacts, { preset, width, isColored }: Rendering): string {
  const columns = columnsOf(table, facts.zone)
  if (columns.at(-1)?.isNumeric !== true) {
    throw new TwdwError('E_USAGE', '--chart draws the last column, and that of this answer is no number', {
      hint: 'select labels first and a number last',
    })
  }
  const times = preset?.by.filter(isTimeColumn) ?? []
  const labels = preset === undefined ? columns.slice(0, 1).map(({ name }) => name) : labelsOf(preset, columns)
  const timeUnit = times.length > 1 ? 'row' : times[0] && columnNameOf(times[0]).replaceAll('_', ' ')
  const series = chartSeries(columns, table.numRows, labels)
  return drawChart(series, { width: width ?? 80, isColored, timeUnit })
}

/** Times where there are any, else what the rows are of; several tags are a series each. */
function labelsOf(preset: Preset, columns: readonly Cells[]): string[] {
  const times = preset.by.filter(isTimeColumn).map(columnNameOf)
  if (times.length > 0) return times
  const keys = columns.slice(0, -1).map(({ name }) => name)
  return keys.length > 1 && !preset.allTags ? keys.filter(name => name !== 'tag') : keys
}
