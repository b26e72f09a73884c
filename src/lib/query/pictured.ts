/** An answer as a picture in a file of its own: a page for a browser, or an SVG. */
import { isDrawable, pictureOf } from '../domain/answer/drawable.ts'
import { columnsOf } from '../domain/answer/formats.ts'
import type { ChartWord, PictureFormat } from '../domain/answer/forms.ts'
import { answerNotes } from '../domain/answer/notes.ts'
import { answerAsides, type RenderedAnswer } from '../domain/answer/rendering.ts'
import { answerToPage, type Provenance, titleOf } from '../domain/picture/answer-page.ts'
import { captionsOf, whyNotDrawn } from '../domain/picture/captions.ts'
import type { Drawing } from '../domain/picture/picture.ts'
import { TwdwError } from '../errors.ts'
import type { Answer } from './query.ts'

/** What draws: a script for pages, and the same script at work here. */
export interface ChartPorts {
  pageScript(): Promise<string>
  /** what src/browser/page.ts exports */
  loadPageScript(): Promise<unknown>
}

/** Of src/browser/page.ts. */
interface PageScript {
  drawSvg(drawing: Drawing, texts: { title: string; subtitles: readonly string[]; captions: readonly string[] }): string
}

export interface PicturedPlan extends Omit<Provenance, 'facts'> {
  form: PictureFormat
  /** undefined: what fits, if anything */
  chart: ChartWord | undefined
}

/** @throws TwdwError E_USAGE for a chart of an answer that has nothing to draw; a page then has a table only, unless one is asked for */
export async function renderPictured(answer: Answer, plan: PicturedPlan, ports: ChartPorts): Promise<RenderedAnswer> {
  const { table } = answer
  // who opens it some day has not waited for it
  const facts = { ...answer.facts, tookMs: undefined }
  const columns = columnsOf(table, facts.zone)
  const preset = 'preset' in plan.question ? plan.question.preset : undefined
  const isDrawn = plan.form === 'svg' || plan.chart !== undefined || isDrawable(columns, table.numRows, preset)
  const picture = isDrawn ? pictureOf(columns, table.numRows, preset, plan.chart ?? 'auto', 'page') : undefined
  const from = { ...plan, facts }
  const asides = answerAsides(answer.facts)
  if (plan.form === 'html') return { pieces: [answerToPage(columns, picture, from, await ports.pageScript())], asides }
  const reason = picture === undefined ? 'nothing to draw' : whyNotDrawn(picture)
  if (picture === undefined || reason !== undefined) {
    throw new TwdwError('E_USAGE', `this answer is no chart: ${reason}`, { hint: 'ask for --format table' })
  }
  const { drawSvg } = (await ports.loadPageScript()) as PageScript
  const texts = { title: titleOf(from), subtitles: answerNotes(facts), captions: captionsOf(picture) }
  return { pieces: [drawSvg(picture, texts)], asides }
}
