/** Forms: in which shape an answer leaves, by the words of the user, the name of a file, or who looks at it. */
import { TwdwError } from '../../errors.ts'

export const FORMATS = ['table', 'csv', 'json', 'ndjson', 'markdown', 'html', 'svg'] as const
export type AnswerFormat = (typeof FORMATS)[number]

const FORMAT_OF_ENDING: Readonly<Record<string, AnswerFormat>> = {
  csv: 'csv',
  htm: 'html',
  html: 'html',
  json: 'json',
  jsonl: 'ndjson',
  md: 'markdown',
  ndjson: 'ndjson',
  svg: 'svg',
  txt: 'table',
}

/** The form that a file's ending names; CSV where it names none. @throws TwdwError E_USAGE for a PNG */
export function formatOfFile(path: string): AnswerFormat {
  const [, ending = ''] = /\.([^./]+)$/.exec(path) ?? []
  return FORMAT_OF_ENDING[refusePng(ending.toLowerCase())] ?? 'csv'
}

/** @throws TwdwError E_USAGE */
export function parseFormat(text: string): AnswerFormat {
  const found = FORMATS.find(format => format === refusePng(text))
  if (found !== undefined) return found
  throw new TwdwError('E_USAGE', `not a format: "${text}"`, { hint: `write one of ${FORMATS.join(', ')}` })
}

function refusePng(word: string): string {
  if (word !== 'png') return word
  throw new TwdwError('E_USAGE', 'twdw draws no PNG: it has no canvas to paint pixels on', {
    hint: 'ask for svg, which any browser and most editors turn into a PNG',
  })
}

/** Forms that show a picture, and take a word for which; the others are text. */
export const PICTURE_FORMATS = ['html', 'svg'] as const
export type PictureFormat = (typeof PICTURE_FORMATS)[number]
export type TextFormat = Exclude<AnswerFormat, PictureFormat>

export function isPictureFormat(form: string): form is PictureFormat {
  return PICTURE_FORMATS.some(format => format === form)
}

/** Words for `--chart`; `auto` picks what fits. */
export const CHARTS = ['auto', 'line', 'bar', 'heatmap'] as const
export type ChartWord = (typeof CHARTS)[number]

/** `true` and `false` are what a variable or a settings file may say instead. @throws TwdwError E_USAGE */
export function parseChart(text: string): ChartWord | undefined {
  if (text === 'false') return undefined
  const found = CHARTS.find(chart => chart === (text === 'true' ? 'auto' : text))
  if (found !== undefined) return found
  throw new TwdwError('E_USAGE', `not a chart: "${text}"`, { hint: `write one of ${CHARTS.join(', ')}` })
}
