/** Forms: in which shape an answer leaves, by the words of the user, the name of a file, or who looks at it. */

export const FORMATS = ['table', 'csv', 'json', 'ndjson', 'markdown'] as const
export type AnswerFormat = (typeof FORMATS)[number]

const FORMAT_OF_ENDING: Readonly<Record<string, AnswerFormat>> = {
  csv: 'csv',
  json: 'json',
  jsonl: 'ndjson',
  md: 'markdown',
  ndjson: 'ndjson',
  txt: 'table',
}

/** The form that a file's ending names; CSV where it names none. */
export function formatOfFile(path: string): AnswerFormat {
  const [, ending = ''] = /\.([^./]+)$/.exec(path) ?? []
  return FORMAT_OF_ENDING[ending.toLowerCase()] ?? 'csv'
}
