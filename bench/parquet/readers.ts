/** Parquet files as DuckDB and Spark read them. All questions are put by one process, in turn. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { peerScript, peersPython } from '../peers.ts'
import { WORK } from '../places.ts'
import { run } from '../process.ts'
import { runSpark } from '../spark.ts'
import type { Encoded } from './layout.ts'

export interface Question {
  /** questions of one subject have the same answer, whatever the file */
  subject: string
  file: string
  sql: string
}

const FOLDER = join(WORK, 'parquet-files')

/** Away with the files of an earlier run. */
export function clearFiles(): void {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
}

/** @returns its path */
export async function keepFile(name: string, { bytes }: Encoded): Promise<string> {
  const path = join(FOLDER, `${name}.parquet`)
  await Bun.write(path, bytes)
  return path
}

/** @returns milliseconds of the best run, by the questions' names. @throws Error when files of a subject differ in their answers */
export async function askDuckDb(
  questions: Readonly<Record<string, Question>>,
  times: number,
): Promise<Map<string, number>> {
  const sql = Object.fromEntries(Object.entries(questions).map(([name, question]) => [name, question.sql]))
  const answers = await ask<{ ms: number; rows: string[][] }>('duckdb_parquet.py', sql, String(times))
  const known = new Map<string, string>()
  for (const [name, { subject }] of Object.entries(questions)) {
    const rows = JSON.stringify(answers[name]!.rows)
    if ((known.get(subject) ?? rows) !== rows) throw new Error(`${name}: ${rows}, not ${known.get(subject)}`)
    known.set(subject, rows)
  }
  return new Map(Object.entries(answers).map(([name, { ms }]) => [name, ms]))
}

/**
 * @param questions conditions on files that have a tweet_id
 * @returns rows that Spark took out of the file before it looked at them one by one, and the XOR of the ids that are left
 */
export function askSpark(
  questions: Readonly<Record<string, { file: string; where: string }>>,
): Promise<Record<string, { rows: number; xor: string }>> {
  return ask('spark_parquet.py', questions)
}

async function ask<Answer>(script: string, asked: object, ...words: string[]): Promise<Record<string, Answer>> {
  const path = join(FOLDER, `${script}.json`)
  await Bun.write(path, JSON.stringify(asked))
  const command = [await peersPython(), peerScript(script), path, ...words]
  return JSON.parse((await (script.startsWith('spark') ? runSpark(command) : run(command))).stdout)
}
