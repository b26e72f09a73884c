/**
 * Workers: threads that do what they are asked and answer, each with a memory of its own.
 *
 * A worker that dies (its memory is used up, a bug) or does not answer fails the calls that it had; the next call starts
 * another in its place.
 */
import { SqlError, systemErrorCode, TwdwError, WorkerGone } from '../errors.ts'
import { workerUrl } from './embedded.ts'

/** A function that may be called from another thread. Its values are copied, but for the memory that is handed over. */
export type Handlers = Readonly<Record<string, (...values: never[]) => Promise<Answered>>>

export interface Answered {
  value: unknown
  /** memory in the value that is handed over and not copied */
  handOver?: readonly ArrayBuffer[]
}

interface Call {
  id: number
  name: string
  values: readonly unknown[]
}

type Reply = { id: number; value: unknown } | { id: number; failure: Failure }

/** An error on its way between threads: of what is thrown only messages get across by themselves. */
interface Failure {
  message: string
  stack: string | undefined
  known: Known | undefined
}

interface Known {
  code: TwdwError['code']
  hint: string | undefined
  /** of what caused it */
  systemCode: string | undefined
  /** of a SqlError */
  at: number | undefined
}

interface Waiting {
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

export interface WorkerLine {
  /** Have the worker begin, if there is none; the process may end meanwhile. */
  begin(): void
  /**
   * Have a handler called.
   * @param handOver memory in the values that is the worker's from now on
   * @throws what the handler throws; WorkerGone when the worker dies, or does not answer for minutes
   */
  call(name: string, values: readonly unknown[], handOver?: readonly ArrayBuffer[]): Promise<unknown>
  /** End the worker; calls that wait fail. */
  end(): void
}

/** More workers than this would wait for the disk. */
const MAX_WORKERS = 8

/** How many workers this machine keeps busy. */
export function coreCount(): number {
  return Math.min(navigator.hardwareConcurrency, MAX_WORKERS)
}

/** Whoever has not answered for so long hangs. The longest answer is that of a full disk, or of a slow store. */
const ANSWER_WITHIN_MS = 300_000

/**
 * @param settings what every worker gets first, as its handler `begin`; copied
 * @param answerWithinMs Infinity: however long it takes
 */
export function openWorker(settings: unknown, answerWithinMs = ANSWER_WITHIN_MS): WorkerLine {
  let worker: Worker | undefined
  let waiting = new Map<number, Waiting>()
  let lastId = 0

  function fail(why: string): void {
    const failed = waiting
    waiting = new Map()
    worker?.terminate()
    worker = undefined
    for (const { reject } of failed.values()) reject(new WorkerGone(why))
  }

  function start(): Worker {
    const started = new Worker(workerUrl())
    started.onmessage = ({ data }: MessageEvent<Reply>) => {
      const call = waiting.get(data.id)
      waiting.delete(data.id)
      if ('failure' in data) call?.reject(errorOf(data.failure))
      else call?.resolve(data.value)
      if (waiting.size === 0) started.unref()
    }
    started.onerror = ({ message }) => fail(`a worker failed: ${message.split('\n', 1)[0]}`)
    started.addEventListener('close', () => {
      if (worker === started) fail('a worker died')
    })
    return started
  }

  async function call(
    name: string,
    values: readonly unknown[],
    handOver: readonly ArrayBuffer[] = [],
  ): Promise<unknown> {
    begin()
    worker?.ref()
    return post(name, values, handOver)
  }

  function begin(): void {
    if (worker !== undefined) return
    worker = start()
    worker.unref()
    // where this fails, so does the call behind it
    post('begin', [settings], []).catch(() => undefined)
  }

  function post(name: string, values: readonly unknown[], handOver: readonly ArrayBuffer[]): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const id = ++lastId
    waiting.set(id, { resolve, reject })
    worker?.postMessage({ id, name, values } satisfies Call, [...handOver])
    if (answerWithinMs === Number.POSITIVE_INFINITY) return promise
    const patience = setTimeout(() => fail(`a worker has not answered for ${answerWithinMs / 1000} s`), answerWithinMs)
    patience.unref()
    return promise.finally(() => clearTimeout(patience))
  }

  return { begin, call, end: () => fail('the worker was ended') }
}

/**
 * The other end: answer calls for as long as the thread lives.
 * @param begin makes its handlers, by what `openWorker` was given
 */
export function answerCalls(begin: (settings: never) => Promise<Handlers>): void {
  let begun: Promise<Handlers>
  self.onmessage = async ({ data: { id, name, values } }: MessageEvent<Call>) => {
    try {
      // the first call of all
      if (name === 'begin') begun = begin(values[0] as never)
      const handlers = await begun
      const { value, handOver = [] } =
        name === 'begin' ? { value: undefined } : await handlers[name]!(...(values as never[]))
      self.postMessage({ id, value } satisfies Reply, [...handOver])
    } catch (error) {
      self.postMessage({ id, failure: failureOf(error) } satisfies Reply)
    }
  }
}

declare const self: Worker

function failureOf(error: unknown): Failure {
  const isKnown = error instanceof TwdwError
  return {
    message: error instanceof Error ? error.message : String(error),
    stack: error instanceof Error ? error.stack : undefined,
    known: isKnown
      ? {
          code: error.code,
          hint: error.hint,
          systemCode: systemErrorCode(error.cause),
          at: error instanceof SqlError ? error.at : undefined,
        }
      : undefined,
  }
}

function errorOf({ message, stack, known }: Failure): Error {
  if (known === undefined) return Object.assign(new Error(message), { stack })
  const { code, hint, systemCode, at } = known
  const cause = systemCode === undefined ? undefined : Object.assign(new Error(systemCode), { code: systemCode })
  const options = { ...(hint !== undefined && { hint }), ...(cause !== undefined && { cause }) }
  return at === undefined ? new TwdwError(code, message, options) : new SqlError(message, at, options)
}
