/** Forms: in which shape an answer leaves, by the words of the user, the name of a file, or who looks at it. */
import { TwdwError } from '../../errors.ts'

export const FORMATS = ['table', 'csv', 'tsv', 'json', 'ndjson', 'markdown', 'html', 'svg', 'parquet', 'arrow'] as const
export type AnswerFormat = (typeof FORMATS)[number]
/** Forms that are bytes and no text. */
export type BinaryFormat = 'parquet' | 'arrow'
/** Forms that show a picture, and take a word for which. */
export type PictureFormat = 'html' | 'svg'
export type TextFormat = Exclude<AnswerFormat, BinaryFormat | PictureFormat>
/** A chart that is drawn in characters is a form, too, though none of a file. */
export type AnswerForm = AnswerFormat | 'chart'

const FORMAT_OF_ENDING = new Map<string, AnswerFormat>(
  Object.entries({
    csv: 'csv',
    tsv: 'tsv',
    json: 'json',
    ndjson: 'ndjson',
    jsonl: 'ndjson',
    md: 'markdown',
    html: 'html',
    htm: 'html',
    svg: 'svg',
    parquet: 'parquet',
    arrow: 'arrow',
    feather: 'arrow',
    arrows: 'arrow',
    txt: 'table',
  }),
)
const COMPRESSED = ['gz', 'zst', 'bz2', 'xz', 'zip']

/** What a form is that no terminal shows. */
const NO_TEXT: Readonly<Record<BinaryFormat | PictureFormat, string>> = {
  parquet: 'bytes',
  arrow: 'bytes',
  html: 'a page',
  svg: 'a picture',
}

export function isBinary(form: AnswerForm): form is BinaryFormat {
  return form === 'parquet' || form === 'arrow'
}

export function isPicture(form: AnswerForm): form is PictureFormat {
  return form === 'html' || form === 'svg'
}

/** How a user says to which file and in which form, for sentences. */
export interface FormWords {
  file: '--output' | '.once'
  form: '--format' | '.format'
}

export const COMMAND_LINE_WORDS: FormWords = { file: '--output', form: '--format' }
export const SHELL_WORDS: FormWords = { file: '.once', form: '.format' }

/**
 * @param asked  the words: a form, a file to write, and that programs read it
 * @param stdout where the answer goes without a file
 * @throws TwdwError E_USAGE for a file whose ending says no form, and for what no terminal shows on one
 */
export function formOfAnswer(
  asked: { format: AnswerForm | undefined; output: string | undefined; json: boolean },
  stdout: { isTerminal: boolean },
  words = COMMAND_LINE_WORDS,
): AnswerForm {
  const { format, output, json } = asked
  if (output !== undefined) {
    refuseCompressed(output, words)
    if (format === 'chart') return formOfChart(output)
    if (format !== undefined) return format
    return json && endingOf(output) === undefined ? 'ndjson' : formatOfFile(output, words)
  }
  const form = format ?? (json ? 'ndjson' : stdout.isTerminal ? 'table' : 'csv')
  if (!(isBinary(form) || isPicture(form)) || !stdout.isTerminal) return form
  throw new TwdwError('E_USAGE', `${form} is ${NO_TEXT[form]}, and a terminal shows text`, {
    hint: `write it to a file: ${words.file} answer.${form}`,
  })
}

/** A picture where the file's ending names one; other files take the characters of a terminal. */
function formOfChart(path: string): PictureFormat | 'chart' {
  const format = FORMAT_OF_ENDING.get(refusePng(endingOf(path) ?? ''))
  return format !== undefined && isPicture(format) ? format : 'chart'
}

/** The form that a file's ending names. @throws TwdwError E_USAGE where it names none */
function formatOfFile(path: string, words: FormWords): AnswerFormat {
  const ending = endingOf(path)
  const format = FORMAT_OF_ENDING.get(refusePng(ending ?? ''))
  if (format !== undefined) return format
  const endings = [...FORMAT_OF_ENDING.keys()].map(known => `.${known}`)
  const fault = ending === undefined ? 'it has no ending' : `nothing is known of .${ending}`
  throw new TwdwError('E_USAGE', `${words.file} ${path} does not say in which form: ${fault}`, {
    hint: `end it with ${endings.join(', ')}, or name the form with ${words.form}`,
  })
}

/** @throws TwdwError E_USAGE */
export function parseFormat(text: string): AnswerFormat {
  const found = FORMATS.find(format => format === refusePng(text))
  if (found !== undefined) return found
  throw new TwdwError('E_USAGE', `not a format: "${text}"`, { hint: `write one of ${FORMATS.join(', ')}` })
}

function refusePng(word: string): string {
  if (word !== 'png') return word
  throw new TwdwError('E_USAGE', 'PNG is not drawn: there is no canvas to paint pixels on', {
    hint: 'ask for svg, which any browser and most editors turn into a PNG',
  })
}

/** Arrow has two: a file, which is read at any place, and a stream, which a pipe can carry and `.arrows` asks for. */
export function arrowLayout(output: string | undefined): 'file' | 'stream' {
  return output === undefined || endingOf(output) === 'arrows' ? 'stream' : 'file'
}

function refuseCompressed(path: string, words: FormWords): void {
  const ending = endingOf(path)
  if (ending === undefined || !COMPRESSED.includes(ending)) return
  throw new TwdwError('E_USAGE', `${words.file} ${path} ends with .${ending}, and answers are not compressed`, {
    hint: `write ${path.slice(0, -ending.length - 1)} and compress that, or .parquet, which is compressed`,
  })
}

/** In small letters and without its point; undefined where there is none. */
function endingOf(path: string): string | undefined {
  return /[^/]\.([^./]+)$/.exec(path)?.[1]?.toLowerCase()
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
