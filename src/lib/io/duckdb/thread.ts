/**
 * DuckDB in a thread of its own: it loads, and takes a tenth of a second for it, while this thread finds out what to ask.
 *
 * Questions go there as SQL, and answers come back as Arrow's stream format, which keeps every type.
 */
import type { Table } from 'apache-arrow'
import type { SqlEngine } from '../sql.ts'
import { openWorker, type WorkerLine } from '../workers.ts'
import type { DuckDbOptions } from './engine.ts'

/** What is fixed before it is known what will be asked; may be sent to another thread. */
export type ThreadPlan = Pick<DuckDbOptions, 'env' | 'threads'>
export type ThreadSession = Pick<DuckDbOptions, 'timeZone' | 'readable' | 'readsAllFiles'>

export interface DuckDbThread {
  /** @throws as `openDuckDb` */
  open(session: ThreadSession): Promise<SqlEngine>
}

let ahead: WorkerLine | undefined

/** For who knows early that DuckDB will be asked: the next thread that is started has begun by then. */
export function loadDuckDbAhead(plan: ThreadPlan): void {
  ahead = beginThread(plan)
}

function beginThread(plan: ThreadPlan): WorkerLine {
  // a question takes as long as it takes, and can be stopped
  const thread = openWorker({ duckDb: plan }, Number.POSITIVE_INFINITY)
  thread.begin()
  return thread
}

/** Begins to load at once. What goes wrong with that is told by `open`. @param warn as in `openDuckDb` */
export function startDuckDbThread(plan: ThreadPlan, warn: DuckDbOptions['warn']): DuckDbThread {
  const thread = ahead ?? beginThread(plan)
  ahead = undefined
  let last = 0
  return {
    async open(session) {
      const engine = ++last
      for (const warning of (await thread.call('openSql', [engine, session])) as string[]) warn(warning)
      async function ask(wants: 'query' | 'queryAll', sql: string, signal: AbortSignal | undefined): Promise<Table[]> {
        const question = ++last
        const stop = () => void thread.call('stopSql', [question]).catch(() => undefined)
        const asked = thread.call('askSql', [engine, question, wants, sql])
        if (signal?.aborted) stop()
        signal?.addEventListener('abort', stop)
        try {
          const [{ tableFromIPC }, answers] = await Promise.all([
            import('apache-arrow'),
            asked as Promise<Uint8Array[]>,
          ])
          return answers.map(bytes => tableFromIPC(bytes))
        } finally {
          signal?.removeEventListener('abort', stop)
        }
      }
      return {
        query: async (sql, signal) => (await ask('query', sql, signal))[0]!,
        queryAll: (sql, signal) => ask('queryAll', sql, signal),
        async copy(select, location) {
          await thread.call('copySql', [engine, select, location])
        },
        async close() {
          await thread.call('closeSql', [engine])
        },
      }
    },
  }
}
