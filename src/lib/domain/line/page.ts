/**
 * Pages: one JSON text that holds many tweets, cut into texts that hold one each.
 *
 * A part says in itself what the page said about its tweet, in the page's own bytes, so that layer1's `raw` can
 * be read again without the page. Of the includes it takes what the tweet names by id.
 */
import { arrayOf, idOf, type JsonObject, objectOf, textOf } from './json.ts'
import { elementSpans, endOfValue, type Span, startOfDocument, walkMembers } from './json-spans.ts'

/** A JSON text for one tweet, and what it parses to. */
export interface Part {
  json: unknown
  bytes: Uint8Array
}

/** One of the lists of `includes`. */
interface IncludedList {
  name: string
  elements: readonly unknown[]
  spans: readonly Span[]
}

/** Where the parts of a page stand. */
interface PageSpans {
  data: readonly Span[]
  /** by the name of the list */
  includes: ReadonlyMap<string, readonly Span[]>
  twarc: Span | undefined
}

/** An object of `includes`: element `index` of list `list`. */
interface Included {
  list: number
  index: number
}

const ENCODER = new TextEncoder()
/** ids of a tweet stand at most five levels deep; nesting that deep is an attack on the stack */
const MAX_DEPTH = 16
/** no id, media key or place id is as long */
const MAX_ID_CHARS = 64

/** The elements of an array that is the whole text. The parts share its bytes. */
export function partsOfArray(array: readonly unknown[], bytes: Uint8Array): Part[] {
  return partsAt(array, bytes, elementSpans(bytes, startOfDocument(bytes)).spans)
}

/** The statuses of a v1.1 answer, `{"statuses":[…]}`. The parts share its bytes. */
export function partsOfAnswer(answer: JsonObject, bytes: Uint8Array): Part[] {
  let spans: readonly Span[] = []
  walkMembers(bytes, startOfDocument(bytes), (key, start) => {
    if (key !== 'statuses') return endOfValue(bytes, start)
    const statuses = elementSpans(bytes, start)
    spans = statuses.spans
    return statuses.end
  })
  return partsAt(arrayOf(answer.statuses), bytes, spans)
}

function partsAt(array: readonly unknown[], bytes: Uint8Array, spans: readonly Span[]): Part[] {
  return spans.map(({ start, end }, i) => ({ json: array[i], bytes: bytes.subarray(start, end) }))
}

/**
 * The tweets of a v2 page, each as a line of its own: `{"data":…,"includes":{…},"__twarc":…}`.
 * @param page its `data` is an array
 * @throws InexactNumber when an id must be read again
 */
export function partsOfPage(page: JsonObject, bytes: Uint8Array): Part[] {
  const spans = pageSpans(bytes)
  const includes = objectOf(page.includes) ?? {}
  const lists = Object.keys(includes).map(name => ({
    name,
    elements: arrayOf(includes[name]),
    spans: spans.includes.get(name) ?? [],
  }))
  const includedById = indexById(lists)
  return arrayOf(page.data).map((data, i) => {
    const needed = neededOf(data, lists, includedById)
    return {
      json: { data, includes: includesOf(lists, needed) },
      bytes: stitch(bytes, spans.data[i] as Span, lists, needed, spans.twarc),
    }
  })
}

function pageSpans(bytes: Uint8Array): PageSpans {
  let data: Span[] = []
  let twarc: Span | undefined
  const includes = new Map<string, readonly Span[]>()
  const walkInclude = (name: string, start: number) => {
    const list = elementSpans(bytes, start)
    includes.set(name, list.spans)
    return list.end
  }
  walkMembers(bytes, startOfDocument(bytes), (key, start) => {
    if (key === 'includes') {
      includes.clear()
      return walkMembers(bytes, start, walkInclude)
    }
    const elements = elementSpans(bytes, start)
    if (key === 'data') data = elements.spans
    if (key === '__twarc') twarc = { start, end: elements.end }
    return elements.end
  })
  return { data, includes, twarc }
}

/** By id, or by media_key; of two in one list with the same id the first. */
function indexById(lists: readonly IncludedList[]): Map<string, Included[]> {
  const includedById = new Map<string, Included[]>()
  for (const [list, { elements }] of lists.entries()) {
    for (const [index, element] of elements.entries()) {
      const id = idOf(objectOf(element)?.id) ?? textOf(objectOf(element)?.media_key)
      if (id === null) continue
      const others = includedById.get(id) ?? []
      if (!others.some(other => other.list === list)) includedById.set(id, [...others, { list, index }])
    }
  }
  return includedById
}

/** For each list the indices, ascending, of what a tweet names by id, and of what the tweets that it names name in turn. */
function neededOf(
  data: unknown,
  lists: readonly IncludedList[],
  includedById: ReadonlyMap<string, readonly Included[]>,
): readonly number[][] {
  const needed = lists.map(() => new Set<number>())
  const need = (id: string) => {
    for (const { list, index } of includedById.get(id) ?? []) needed[list]?.add(index)
  }
  visitIds(data, need, 0)
  for (const [list, { name, elements }] of lists.entries()) {
    if (name !== 'tweets' && name !== 'posts') continue
    // a copy: tweets named only by a named tweet are no longer asked what they name
    for (const index of [...(needed[list] ?? [])]) visitIds(elements[index], need, 0)
  }
  return needed.map(indices => [...indices].sort((a, b) => a - b))
}

function visitIds(value: unknown, visit: (id: string) => void, depth: number): void {
  if (typeof value === 'string') {
    if (value.length <= MAX_ID_CHARS) visit(value)
  } else if (typeof value === 'number') visit(String(value))
  else if (typeof value === 'object' && value !== null && depth < MAX_DEPTH) {
    for (const key in value) visitIds((value as JsonObject)[key], visit, depth + 1)
  }
}

function includesOf(lists: readonly IncludedList[], needed: readonly number[][]): JsonObject {
  return Object.fromEntries(
    lists.flatMap(({ name, elements }, i) => {
      const own = needed[i]?.map(index => elements[index]) ?? []
      return own.length === 0 ? [] : [[name, own]]
    }),
  )
}

function stitch(
  bytes: Uint8Array,
  data: Span,
  lists: readonly IncludedList[],
  needed: readonly number[][],
  twarc: Span | undefined,
): Uint8Array {
  const pieces: (Span | string)[] = ['{"data":', data]
  let before = ',"includes":{'
  for (const [i, { name, spans }] of lists.entries()) {
    const indices = needed[i] ?? []
    if (indices.length === 0) continue
    pieces.push(`${before}${JSON.stringify(name)}:[`)
    for (const [n, index] of indices.entries()) pieces.push(n === 0 ? '' : ',', spans[index] as Span)
    pieces.push(']')
    before = ','
  }
  if (before === ',') pieces.push('}')
  if (twarc !== undefined) pieces.push(',"__twarc":', twarc)
  return concatenate(bytes, [...pieces, '}'])
}

function concatenate(bytes: Uint8Array, pieces: readonly (Span | string)[]): Uint8Array {
  const parts = pieces.map(piece =>
    typeof piece === 'string' ? ENCODER.encode(piece) : bytes.subarray(piece.start, piece.end),
  )
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
