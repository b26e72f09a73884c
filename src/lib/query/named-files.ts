/**
 * The files of views as tables of an engine that takes names for many files at once: to it, SQL that lists a thousand files is a
 * thousand questions.
 */
import { DIALECTS } from '../domain/question/sql-dialect.ts'
import { type BaseView, fileColumnsOf, isOfNone, type ViewFiles } from '../domain/question/views.ts'
import type { SqlEngine } from '../io/sql.ts'

export type NamingEngine = SqlEngine & Required<Pick<SqlEngine, 'nameFiles'>>

export function takesNames(engine: SqlEngine): engine is NamingEngine {
  return engine.nameFiles !== undefined
}

/** @returns the same rows, in tables of the engine. @throws TwdwError E_LAKE, E_INTERRUPTED */
export async function nameViewFiles(
  files: ReadonlyMap<BaseView, ViewFiles>,
  engine: NamingEngine,
  signal: AbortSignal | undefined,
): Promise<Map<BaseView, ViewFiles>> {
  const named = new Map<BaseView, ViewFiles>()
  for (const [view, viewFiles] of files) {
    named.set(view, { whole: [], partial: [], tables: await nameFiles(view, viewFiles, engine, signal) })
  }
  return named
}

async function nameFiles(
  view: BaseView,
  { whole, partial, tables = [] }: ViewFiles,
  engine: NamingEngine,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const columns = fileColumnsOf(view, DIALECTS[engine.dialect])
  const names = [...tables]
  if (whole.length > 0) {
    names.push(`files_of_${view}`)
    await engine.nameFiles(`files_of_${view}`, whole, columns, { signal })
  }
  if (partial.length > 0) {
    // a day's file has hours of its day alone: what does not count in one is in none of the others
    const hours = partial.flatMap(({ withoutHours }) => withoutHours)
    const locations = partial.map(({ location }) => location)
    await engine.nameFiles(`all_days_of_${view}`, locations, columns, { signal })
    const select = `SELECT * FROM all_days_of_${view}\nWHERE ${isOfNone(hours)}`
    await engine.query(`CREATE OR REPLACE TEMPORARY VIEW days_of_${view} AS\n${select};\n`, signal)
    names.push(`days_of_${view}`)
  }
  return names
}
