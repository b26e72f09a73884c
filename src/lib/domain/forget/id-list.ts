/**
 * Lists of ids as people have them: one id a line; the results of X's batch compliance jobs, a JSON object a line; what
 * `twdw query` and `twdw export` print, as CSV or JSON lines.
 *
 * A line that is none of these is refused with its number, and never skipped: who forgets wants to know that all of it is
 * forgotten. Of a compliance job only what is to be deleted counts; the rest is counted by what X asks for instead.
 */
import { TwdwError } from '../../errors.ts'
import { isInt64Id } from '../instant.ts'
import { idOf, objectOf, parseExactJson, quote, textOf } from '../line/json.ts'

/** What the ids are of. */
export type IdKind = 'tweet' | 'user'

/** Names of the column, or the member, that an id stands in; the first one that is there counts. */
const ID_NAMES: Readonly<Record<IdKind, readonly string[]>> = {
  tweet: ['tweet_id', 'id_str', 'id'],
  user: ['user_id', 'id_str', 'id'],
}

/** A list while it is read, line by line. */
export class IdList {
  readonly ids: string[] = []
  /** lines about tweets or users that are not to be deleted, by X's word for what is to be done */
  readonly others = new Map<string, number>()
  private readonly kind: IdKind
  private readonly name: string
  private lines = 0
  private table: { delimiter: string; fields: number; column: number } | undefined

  /** @param name of the file, for the sentence */
  constructor(kind: IdKind, name: string) {
    this.kind = kind
    this.name = name
  }

  /** @throws TwdwError E_USAGE for a line that holds no id */
  add(text: string): void {
    this.lines += 1
    // a tab may part cells, of which the first or the last is empty
    const line = text.replace(/^[ \uFEFF]+|[ \r]+$/g, '')
    if (line.trim() === '' || (this.lines === 1 && this.readHeader(line))) return
    if (line.startsWith('{')) this.addObject(line)
    else this.push(this.table === undefined ? unquoted(line) : this.cellOf(line), line)
  }

  private addObject(line: string): void {
    let json: unknown
    try {
      json = parseExactJson(line)
    } catch {
      throw this.fault(line)
    }
    const object = objectOf(json) ?? {}
    const action = textOf(object.action)
    if (action !== null && action !== 'delete') {
      this.others.set(action, (this.others.get(action) ?? 0) + 1)
      return
    }
    const name = ID_NAMES[this.kind].find(name => object[name] !== undefined)
    this.push(name === undefined ? '' : (idOf(object[name]) ?? ''), line)
  }

  /** @returns false where the first line is no header */
  private readHeader(line: string): boolean {
    const delimiter = [',', ';', '\t'].find(sign => line.includes(sign)) ?? ','
    const fields = fieldsOf(line, delimiter).map(field => field.toLowerCase())
    const name = ID_NAMES[this.kind].find(name => fields.includes(name))
    if (name === undefined) return false
    this.table = { delimiter, fields: fields.length, column: fields.indexOf(name) }
    return true
  }

  private cellOf(line: string): string {
    const { delimiter, fields, column } = this.table!
    const cells = fieldsOf(line, delimiter)
    // a text that goes on over several lines
    if (cells.length !== fields) throw this.fault(line)
    return cells[column]!
  }

  private push(id: string, line: string): void {
    if (!isInt64Id(id)) throw this.fault(line)
    this.ids.push(id)
  }

  private fault(line: string): TwdwError {
    const names = ID_NAMES[this.kind].join(' or ')
    return new TwdwError('E_USAGE', `line ${this.lines} of ${this.name} holds no ${this.kind} id: "${quote(line)}"`, {
      hint: `write one id a line, or JSON lines or CSV with the ids under the name ${names}; nothing was forgotten`,
    })
  }
}

function unquoted(cell: string): string {
  return cell.startsWith('"') && cell.endsWith('"') && cell.length > 1 ? cell.slice(1, -1).replaceAll('""', '"') : cell
}

/** Cells of a line of CSV, quoted or not, without white space around them; none where a quote does not end. */
function fieldsOf(line: string, delimiter: string): string[] {
  const fields: string[] = []
  let start = 0
  let isQuoted = false
  for (let at = 0; at <= line.length; at++) {
    if (line[at] === '"') isQuoted = !isQuoted
    if (at < line.length && (isQuoted || line[at] !== delimiter)) continue
    fields.push(unquoted(line.slice(start, at).trim()))
    start = at + 1
  }
  return isQuoted ? [] : fields
}

/** Where ids are to be had: one that was named, or a file. */
export type IdSource = { id: string } | { file: string }

/** `1741765…`, a link to a tweet, the name of a file, or `-`. @throws TwdwError E_USAGE */
export function parseTweetSource(text: string): IdSource {
  const [, linked] = /^https?:\/\/(?:\w+\.)?(?:x|twitter)\.com\/\w+\/status(?:es)?\/(\d+)(?:[/?#].*)?$/.exec(text) ?? []
  return sourceOf(linked ?? text, 'tweet')
}

/** `501`, the name of a file, or `-`. @throws TwdwError E_USAGE, for a name too: another may bear it by now */
export function parseUserSource(text: string): IdSource {
  if (!text.startsWith('@')) return sourceOf(text, 'user')
  const name = text.slice(1).replaceAll("'", "''")
  const sql = `SELECT DISTINCT user_id FROM dim_user WHERE lower(username) = '${name.toLowerCase()}'`
  throw new TwdwError(
    'E_USAGE',
    `"${text}" is a name, which others may bear before and after; users are forgotten by id`,
    {
      hint: `find the ids that bore it: twdw query --sql "${sql}"`,
    },
  )
}

function sourceOf(text: string, kind: IdKind): IdSource {
  if (isInt64Id(text)) return { id: text }
  if (!/^\d+$/.test(text)) return { file: text }
  throw new TwdwError('E_USAGE', `"${text}" is no ${kind} id`, {
    hint: `ids are digits, without leading zeros; a file of that name is ./${text}`,
  })
}
