/**
 * One engine for many statements, each over the lake as it is then.
 *
 * What a statement makes (a temporary table, a macro, a variable) the next one finds. The views are made for each anew and taken
 * away after it: one that stayed would read files of a moment that is gone.
 */
import { VIEWS } from '../domain/question/views.ts'
import type { SqlEngine } from '../io/sql.ts'
import type { QueryPorts } from './sql-session.ts'

export interface KeptEngine {
  /** for `querySql`; what these open is let go of by `close` */
  ports: QueryPorts
  close(): Promise<void>
}

export async function keepEngine(ports: QueryPorts): Promise<KeptEngine> {
  // what the engine may read is fixed when it is opened, and each statement has a folder of its own in this one
  const scratch = await ports.openScratch()
  let opening: Promise<SqlEngine> | undefined
  const openOnce: QueryPorts['openSql'] = session => {
    opening ??= ports.openSql({ ...session, readable: [ports.lake.folder, scratch.path] }).catch(error => {
      opening = undefined
      throw error
    })
    return opening
  }
  return {
    ports: {
      ...ports,
      openScratch: () => ports.openScratch(scratch.path),
      async openSql(session) {
        const engine = await openOnce(session)
        return { ...engine, close: () => dropViews(engine) }
      },
    },
    async close() {
      // one that never opened has been told of
      const engine = await opening?.catch(() => undefined)
      await engine?.close()
      await scratch.dispose()
    },
  }
}

async function dropViews(engine: SqlEngine): Promise<void> {
  await engine.query(VIEWS.map(view => `DROP VIEW IF EXISTS temp.${view};`).join(' '))
}
