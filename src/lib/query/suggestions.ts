/**
 * What a statement in the making may go on with, asked of an engine that knows the views and has no rows.
 *
 * It is another engine than the one that answers: it has nothing to wait for, and views without files cannot be taken for the lake.
 */

import { DIALECTS } from '../domain/question/sql-dialect.ts'
import { createViewsSql, VIEWS } from '../domain/question/views.ts'
import { choicesFor, namesFor, type Suggestion, tagsFor, wantedAt } from '../domain/shell/completion.ts'
import type { SqlEngine } from '../io/sql.ts'
import { querySql } from './query.ts'
import type { QueryPorts } from './sql-session.ts'

export interface Suggestions {
  /**
   * @param before all of the statement up to the cursor. @param after the rest of it
   * @returns the word at the cursor, and what may replace it
   */
  complete(before: string, after: string): Promise<{ word: string; candidates: string[] }>
  /** A statement that was run and answered nothing: it may have made a table. */
  learn(sql: string): void
  close(): Promise<void>
}

/** Hashtags that are known at the cursor: the most used ones. */
const MOST_TAGS = 20_000

/** Engine and tags are there when they are first asked for. */
export function openSuggestions(given: QueryPorts, batchOnly: boolean): Suggestions {
  // a person is typing: nothing may be written over the line
  const silent = () => undefined
  const ports = { ...given, log: { ...given.log, progress: silent, info: silent, debug: silent } }
  let engine: Promise<SqlEngine> | undefined
  let tags: Promise<string[]> | undefined
  let learned: Promise<unknown> = Promise.resolve()
  const openEngine = () => {
    engine ??= openEmptyEngine(ports)
    return engine
  }
  const completeNow = async (before: string, after: string) => {
    const wanted = wantedAt(before)
    const { word } = wanted
    if (wanted.kind === 'choices') return { word, candidates: choicesFor(wanted) }
    if (wanted.kind === 'tags') {
      tags ??= readTags(ports, batchOnly)
      return { word, candidates: tagsFor(wanted, await tags) }
    }
    if (wanted.kind === 'nothing') return { word, candidates: [] }
    const empty = await openEngine()
    await learned
    const [suggestions, columns] = [await readSuggestions(empty, wanted.sql), await readColumns(empty)]
    return { word, candidates: namesFor(wanted, before + after, suggestions, columns) }
  }
  return {
    async complete(before, after) {
      try {
        return await completeNow(before, after)
      } catch {
        // what is wrong with the lake the next statement tells; a key that does nothing tells enough
        tags = undefined
        return { word: '', candidates: [] }
      }
    },
    learn(sql) {
      learned = learned.then(async () => (await openEngine()).queryAll(sql)).catch(() => undefined)
    },
    async close() {
      await learned
      await (await engine?.catch(() => undefined))?.close()
    },
  }
}

async function openEmptyEngine({ openSql }: QueryPorts): Promise<SqlEngine> {
  const engine = await openSql({ timeZone: 'UTC', readable: [] })
  await engine.query(createViewsSql(VIEWS, new Map(), DIALECTS.duckdb))
  return engine
}

async function readTags(ports: QueryPorts, batchOnly: boolean): Promise<string[]> {
  const sql = `SELECT tag FROM hashtag ORDER BY tweets DESC, tag LIMIT ${MOST_TAGS}`
  const [answer] = await querySql({ sql, batchOnly, readsAllFiles: false }, ports)
  return Array.from(answer?.table.getChild('tag') ?? [], String)
}

async function readSuggestions(engine: SqlEngine, sql: string): Promise<Suggestion[]> {
  const table = await engine.query(
    `SELECT suggestion, suggestion_type FROM sql_auto_complete('${sql.replaceAll("'", "''")}')`,
  )
  const types = table.getChild('suggestion_type')
  return Array.from(table.getChild('suggestion') ?? [], (text, i) => ({
    text: String(text),
    type: String(types?.get(i)),
  }))
}

async function readColumns(engine: SqlEngine): Promise<Map<string, string[]>> {
  const table = await engine.query(
    'SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index',
  )
  const names = Array.from(table.getChild('table_name') ?? [], String)
  const columns = table.getChild('column_name')
  const byTable = new Map<string, string[]>()
  for (const [i, name] of names.entries()) byTable.set(name, [...(byTable.get(name) ?? []), String(columns?.get(i))])
  return byTable
}
