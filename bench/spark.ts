/** Spark as a peer: its work is done by a Java that the Python starts. */
import { existsSync } from 'node:fs'
import { type Run, runTree } from './process.ts'

/** @throws Error that also says what of this machine is known to break Spark */
export async function runSpark(words: readonly string[]): Promise<Run> {
  try {
    return await runTree(words)
  } catch (error) {
    const trouble = sparkTrouble(existsSync)
    if (trouble === undefined || !(error instanceof Error)) throw error
    throw new Error(`${trouble}. It said: ${error.message}`, { cause: error })
  }
}

const MUSL = ['/lib/ld-musl-x86_64.so.1', '/lib/ld-musl-aarch64.so.1']

/**
 * Why Spark may fail though nothing is wrong with it; undefined where nothing is known.
 *
 * Where musl's loader lies, its snappy takes the machine for one that has no other C library, and loads what does not fit.
 */
export function sparkTrouble(exists: (path: string) => boolean): string | undefined {
  const loader = MUSL.find(exists)
  if (loader === undefined) return undefined
  return `Spark's snappy does not load where ${loader} is: remove Debian's package musl`
}
