/** Demo lines in a file: what the benchmarks read. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { demoTweets } from '../src/lib/domain/demo/stream.ts'
import { WORK } from './places.ts'

const BATCH = 2_000

/** The same lines at every call; made once. @returns the path, and the length of the file in bytes */
export function demoFile(lines: number, ratePerSecond: number): { path: string; bytes: number } {
  mkdirSync(WORK, { recursive: true })
  const path = join(WORK, `demo-${lines}-${ratePerSecond}.jsonl`)
  if (!existsSync(path)) writeDemo(`${path}.new`, path, lines, ratePerSecond)
  return { path, bytes: statSync(path).size }
}

function writeDemo(unfinished: string, path: string, lines: number, ratePerSecond: number): void {
  const file = openSync(unfinished, 'w')
  for (const batch of demoBatches(lines, ratePerSecond)) writeSync(file, batch)
  closeSync(file)
  renameSync(unfinished, path)
}

/** Demo lines from 2024-01-01T03 on, some thousand at a time. */
export function* demoBatches(lines: number, ratePerSecond: number): Generator<string> {
  let written = 0
  let batch: string[] = []
  for (const { line } of demoTweets({ seed: 1, startMs: Date.parse('2024-01-01T03:00:00Z'), ratePerSecond })) {
    batch.push(`${line}\n`)
    written += 1
    if (batch.length < BATCH && written < lines) continue
    yield batch.join('')
    batch = []
    if (written === lines) return
  }
}
