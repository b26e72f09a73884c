/**
 * Replay: lines out of files, as if they arrived now.
 *
 * `-` is standard input. A file may be compressed, in UTF-16, glued together from others, or one JSON document
 * printed over many lines; each JSON text comes out as one line. The session ends with the last file.
 */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { systemErrorCode, TwdwError } from '../../errors.ts'
import { type Framer, openFramer } from './framing.ts'
import { openTextJoiner, type TextJoiner } from './json-texts.ts'
import { plainBytes } from './plain-bytes.ts'
import type { LineBatch, Source } from './source.ts'

/** Longest line, or document over several lines, that comes out whole; of a longer one see `openFramer`. */
export const MAX_REPLAY_TEXT_BYTES = 64 * 1024 * 1024

const CHUNK_BYTES = 256 * 1024
const STDIN = '-'

const WHY_UNREADABLE: Record<string, { why: string; hint: string }> = {
  ENOENT: { why: 'there is no such file', hint: 'check the name behind --from' },
  EISDIR: { why: 'it is a folder', hint: 'name the files in it' },
  EACCES: { why: 'permission is denied', hint: 'let the user that runs twdw read it' },
  EPERM: { why: 'permission is denied', hint: 'let the user that runs twdw read it' },
}

export interface ReplayOptions {
  /** n >= 1 names, read in this order; `-` at most once */
  files: readonly string[]
  stdin: AsyncIterable<Uint8Array>
  /** milliseconds since 1970-01-01T00:00Z */
  nowMs: () => number
}

/**
 * The session throws TwdwError E_SOURCE when a file cannot be read, before its first line if it can be known then, else
 * behind the last line that came out whole. Aborting ends it between two lines, also while standard input is silent.
 */
export function openReplay(options: ReplayOptions): Source {
  return { open: signal => replay(options, signal) }
}

async function* replay(options: ReplayOptions, signal: AbortSignal): AsyncGenerator<LineBatch> {
  for (const file of options.files) await refuseUnreadable(file)
  for (const file of options.files) {
    const chunks = file === STDIN ? options.stdin : fileChunks(file)
    yield* batchesOf(file === STDIN ? 'standard input' : file, chunks, options.nowMs, signal)
  }
}

/** Opened only when it is first asked for: a stream that nobody reads has nobody to tell that it failed. */
async function* fileChunks(file: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(file, { highWaterMark: CHUNK_BYTES })
}

/** Before the first line of any file: a name that is wrong should not be found out after an hour. */
async function refuseUnreadable(file: string): Promise<void> {
  if (file === STDIN) return
  try {
    if ((await stat(file)).isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' })
  } catch (error) {
    throw unreadable(file, 0, error)
  }
}

async function* batchesOf(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  nowMs: () => number,
  signal: AbortSignal,
): AsyncGenerator<LineBatch> {
  const splitter = {
    framer: openFramer({ maxLineBytes: MAX_REPLAY_TEXT_BYTES }),
    joiner: openTextJoiner({ maxTextBytes: MAX_REPLAY_TEXT_BYTES }),
  }
  let lines = 0
  try {
    for await (const chunk of untilAborted(plainBytes(chunks), signal)) {
      const batch = textsIn(chunk, splitter)
      lines += batch.length
      if (batch.length > 0) yield { lines: batch, capturedAtMs: nowMs() }
    }
  } catch (error) {
    throw unreadable(name, lines, error)
  }
  const rest = signal.aborted ? [] : lastTexts(splitter)
  if (rest.length > 0) yield { lines: rest, capturedAtMs: nowMs() }
}

interface Splitter {
  framer: Framer
  joiner: TextJoiner
}

function textsIn(chunk: Uint8Array, { framer, joiner }: Splitter): Uint8Array[] {
  return framer.push(chunk).flatMap(line => joiner.push(line))
}

function lastTexts({ framer, joiner }: Splitter): Uint8Array[] {
  const line = framer.finish()
  const texts = line === undefined ? [] : joiner.push(line)
  return [...texts, ...joiner.finish()]
}

/** Ends as soon as `signal` aborts, even while the next value is awaited. */
async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]()
  try {
    while (!signal.aborted) {
      const next = await unlessAborted(iterator.next(), signal)
      if (next === undefined || next.done) return
      yield next.value
    }
  } finally {
    // not awaited: a pending read of a terminal ends only with the process
    iterator.return?.().catch(() => undefined)
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>()
  const stop = () => resolve(undefined)
  signal.addEventListener('abort', stop)
  // asking for the promise may have been what aborted it
  if (signal.aborted) stop()
  try {
    return await Promise.race([aborted, promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function unreadable(name: string, lines: number, cause: unknown): TwdwError {
  const known = WHY_UNREADABLE[systemErrorCode(cause) ?? '']
  const why = known?.why ?? (cause instanceof Error ? cause.message : String(cause))
  const read = lines === 1 ? '1 line of it was read' : `${lines} lines of it were read`
  return new TwdwError('E_SOURCE', `cannot read ${name}: ${why}; ${read}`, {
    hint:
      known?.hint ??
      'check that the file is whole; the lines read so far are kept, and reading them again does no harm',
    cause,
  })
}
