/**
 * DuckDB in a thread of its own: it loads, and takes a tenth of a second for it, while this thread finds out what to ask.
 *
 * Questions go there as SQL, and answers come back as Arrow's stream format, which keeps every type.
 */
import type { Table } from 'apache-arrow'
import type { SqlEngine } from '../sql.ts'
import { openWorker, type WorkerLine } from '../workers.ts'
import type { DuckDbOptions } from './engine.ts'
import { stopped } from './errors.ts'

/** What is fixed before it is known what will be asked; may be sent to another thread. */
export type ThreadPlan = Pick<DuckDbOptions, 'env' | 'threads'>
export type ThreadSession = Pick<DuckDbOptions, 'timeZone' | 'readable' | 'readsAllFiles'>

export interface DuckDbThread {
  /** @throws as `openDuckDb` */
  open(session: ThreadSession): Promise<SqlEngine>
}

let ahead: WorkerLine | undefined
let last = 0

/** For engines and questions, which the thread tells apart by it. */
function nextNumber(): number {
  last += 1
  return last
}

/** For who knows early that DuckDB will be asked: it is loaded by then. There is one such thread in a process. */
export function loadDuckDbAhead(plan: ThreadPlan): void {
  // a question takes as long as it takes, and can be stopped
  ahead ??= openWorker({ duckDb: plan }, Number.POSITIVE_INFINITY)
  ahead.begin()
}

/**
 * undefined where nobody has loaded it ahead: it is then as quickly loaded where it is needed. What went wrong with loading is
 * told by `open`. @param warn as in `openDuckDb`
 */
export function duckDbThread(warn: DuckDbOptions['warn']): DuckDbThread | undefined {
  return ahead && engineIn(ahead, warn)
}

function engineIn(thread: WorkerLine, warn: DuckDbOptions['warn']): DuckDbThread {
  return {
    async open(session) {
      const engine = nextNumber()
      for (const warning of (await thread.call('openSql', [engine, session])) as string[]) warn(warning)
      async function ask(wants: 'query' | 'queryAll', sql: string, signal: AbortSignal | undefined): Promise<Table[]> {
        if (signal?.aborted) throw stopped(signal.reason)
        const question = nextNumber()
        const stop = () => void thread.call('stopSql', [question]).catch(() => undefined)
        const asked = thread.call('askSql', [engine, question, wants, sql])
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
        dialect: 'duckdb',
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
