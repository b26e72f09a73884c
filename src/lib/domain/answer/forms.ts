/** Forms: in which shape an answer leaves, by the words of the user, the name of a file, or who looks at it. */
import { TwdwError } from '../../errors.ts'

export const FORMATS = ['table', 'csv', 'tsv', 'json', 'ndjson', 'markdown', 'parquet', 'arrow'] as const
export type AnswerFormat = (typeof FORMATS)[number]
/** Forms that are bytes and no text. */
export type BinaryFormat = 'parquet' | 'arrow'
export type TextFormat = Exclude<AnswerFormat, BinaryFormat>

const FORMAT_OF_ENDING = new Map<string, AnswerFormat>(
  Object.entries({
    csv: 'csv',
    tsv: 'tsv',
    json: 'json',
    ndjson: 'ndjson',
    jsonl: 'ndjson',
    md: 'markdown',
    parquet: 'parquet',
    arrow: 'arrow',
    feather: 'arrow',
    arrows: 'arrow',
    txt: 'table',
  }),
)
const COMPRESSED = ['gz', 'zst', 'bz2', 'xz', 'zip']

export function isBinary(format: AnswerFormat | 'chart'): format is BinaryFormat {
  return format === 'parquet' || format === 'arrow'
}

/**
 * @param asked  the words: a form, a file to write, and that programs read it
 * @param stdout where the answer goes without a file
 * @throws TwdwError E_USAGE for a file whose ending says no form, and for bytes on a terminal
 */
export function formOfAnswer(
  asked: { format: AnswerFormat | undefined; output: string | undefined; json: boolean },
  stdout: { isTerminal: boolean },
): AnswerFormat {
  const { format, output, json } = asked
  if (output !== undefined) {
    refuseCompressed(output)
    if (format !== undefined) return format
    return json && endingOf(output) === undefined ? 'ndjson' : formatOfFile(output)
  }
  const form = format ?? (json ? 'ndjson' : stdout.isTerminal ? 'table' : 'csv')
  if (!isBinary(form) || !stdout.isTerminal) return form
  throw new TwdwError('E_USAGE', `--format ${form} is bytes, and a terminal shows text`, {
    hint: `add --output answer.${form}, or let another program read it`,
  })
}

/** The form that a file's ending names. @throws TwdwError E_USAGE where it names none */
export function formatOfFile(path: string): AnswerFormat {
  const ending = endingOf(path)
  const format = FORMAT_OF_ENDING.get(ending ?? '')
  if (format !== undefined) return format
  const endings = [...FORMAT_OF_ENDING.keys()].map(known => `.${known}`)
  const fault = ending === undefined ? 'it has no ending' : `nothing is known of .${ending}`
  throw new TwdwError('E_USAGE', `--output ${path} does not say in which form: ${fault}`, {
    hint: `end it with ${endings.join(', ')}, or name the form with --format`,
  })
}

/** Arrow has two: a file, which is read at any place, and a stream, which a pipe can carry and `.arrows` asks for. */
export function arrowLayout(output: string | undefined): 'file' | 'stream' {
  return output === undefined || endingOf(output) === 'arrows' ? 'stream' : 'file'
}

function refuseCompressed(path: string): void {
  const ending = endingOf(path)
  if (ending === undefined || !COMPRESSED.includes(ending)) return
  throw new TwdwError('E_USAGE', `--output ${path} ends with .${ending}, and answers are not compressed`, {
    hint: `write ${path.slice(0, -ending.length - 1)} and compress that, or .parquet, which is compressed`,
  })
}

/** In small letters and without its point; undefined where there is none. */
function endingOf(path: string): string | undefined {
  return /[^/]\.([^./]+)$/.exec(path)?.[1]?.toLowerCase()
}
