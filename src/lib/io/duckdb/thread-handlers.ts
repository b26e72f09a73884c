/** What the thread that has DuckDB does for the one that asks. */
import { tableToIPC } from 'apache-arrow'
import type { SqlEngine } from '../sql.ts'
import type { Handlers } from '../workers.ts'
import { openDuckDb, prepareDuckDb } from './engine.ts'
import type { ThreadPlan, ThreadSession } from './thread.ts'

/** DuckDB is loaded at once, and kept for who comes first. */
export function duckDbHandlers(plan: ThreadPlan): Handlers {
  const warnings: string[] = []
  const options = { ...plan, warn: (sentence: string) => void warnings.push(sentence) }
  const prepared = prepareDuckDb(options)
  // told to whoever opens it
  prepared.catch(() => undefined)
  let first: typeof prepared | undefined = prepared
  const engines = new Map<number, SqlEngine>()
  const questions = new Map<number, AbortController>()
  return {
    async openSql(engine: number, session: ThreadSession) {
      const ready = first ?? prepareDuckDb(options)
      first = undefined
      engines.set(engine, await openDuckDb({ ...options, ...session }, await ready))
      return { value: warnings.splice(0) }
    },
    async askSql(engine: number, question: number, wants: 'query' | 'queryAll', sql: string) {
      const controller = new AbortController()
      questions.set(question, controller)
      try {
        const { query, queryAll } = engines.get(engine)!
        const tables =
          wants === 'query' ? [await query(sql, controller.signal)] : await queryAll(sql, controller.signal)
        const value = tables.map(table => tableToIPC(table, 'stream'))
        return { value, handOver: value.map(({ buffer }) => buffer as ArrayBuffer) }
      } finally {
        questions.delete(question)
      }
    },
    /** Comes behind its question, which may be answered by then. */
    async stopSql(question: number) {
      questions.get(question)?.abort()
      return { value: undefined }
    },
    async copySql(engine: number, select: string, location: string) {
      await engines.get(engine)!.copy(select, location)
      return { value: undefined }
    },
    async closeSql(engine: number) {
      await engines.get(engine)?.close()
      engines.delete(engine)
      return { value: undefined }
    },
  }
}
