/** A hand in another thread: both ends of the line. Columns are handed over and not copied. */
import { memoryOf } from '../domain/columns/plain-column.ts'
import type { TableName } from '../domain/layer2.ts'
import type { Cast } from '../domain/star/cast.ts'
import { TwdwError, WorkerGone } from '../errors.ts'
import type { Handlers, WorkerLine } from '../io/workers.ts'
import type { Hand, Piece, TableFile } from './hand.ts'

/** This end: a hand that has another do the work. */
export function handBehind(line: WorkerLine): Hand {
  let lastFile = 0
  /** @param what fails if the worker does, as a clause */
  async function orSay(what: string, answer: Promise<unknown>): Promise<unknown> {
    try {
      return await answer
    } catch (cause) {
      // what else it throws is a failure that is understood, or a bug
      if (!(cause instanceof WorkerGone)) throw cause
      throw new TwdwError('E_LAKE', `${what}: ${cause.message}`, {
        hint: 'the hour stays pending, and what was there of it is replaced by the next run; give that more memory',
        cause,
      })
    }
  }
  return {
    cast: (file, hour) => orSay(`${file.path} cannot be cast`, line.call('cast', [file, hour])) as Promise<Cast>,
    begin(table) {
      const id = ++lastFile
      const fails = `${table} cannot be encoded`
      let isLost = false
      const call = async (...words: Parameters<WorkerLine['call']>) => {
        try {
          return await line.call(...words)
        } catch (error) {
          isLost ||= error instanceof WorkerGone
          throw error
        }
      }
      // where this fails, so does the call behind it
      call('beginFile', [id, table]).catch(() => undefined)
      return {
        async append(piece) {
          const memory = Object.values(piece.made).flatMap(memoryOf)
          await orSay(fails, call('appendToFile', [id, piece], memory))
        },
        finish: () => orSay(fails, call('finishFile', [id])) as Promise<Uint8Array>,
        async abandon() {
          // another worker would be begun for it
          if (!isLost) await call('abandonFile', [id]).catch(() => undefined)
        },
      }
    },
    end: line.end,
  }
}

/** The other end. @param hand that does the work, once it is there */
export function handHandlers(hand: () => Hand): Handlers {
  /** by the number that the other end gave them */
  const files = new Map<number, TableFile>()
  function fileOf(id: number): TableFile {
    const file = files.get(id)
    if (file === undefined) throw new TwdwError('E_LAKE', 'a file cannot be encoded: the worker that began it died')
    return file
  }
  return {
    async cast(...values: Parameters<Hand['cast']>) {
      const value = await hand().cast(...values)
      return { value, handOver: buffersOf(value) }
    },
    async beginFile(id: number, table: TableName) {
      files.set(id, hand().begin(table))
      return { value: undefined }
    },
    async appendToFile(id: number, piece: Piece) {
      await fileOf(id).append(piece)
      return { value: undefined }
    },
    async finishFile(id: number) {
      const value = await fileOf(id).finish()
      files.delete(id)
      return { value, handOver: [value.buffer as ArrayBuffer] }
    },
    async abandonFile(id: number) {
      await files.get(id)?.abandon()
      files.delete(id)
      return { value: undefined }
    },
  }
}

/** All memory of typed arrays in a value, each once. */
function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer)
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) buffersOf(part, found)
  return [...found]
}
