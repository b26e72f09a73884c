/** A double of S3 as a process of its own: for tests that wait for other processes and cannot answer meanwhile. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const MAIN = join(import.meta.dirname, '../s3-double/main.ts')

export interface S3Process {
  endpoint: string
  keys(bucket?: string): Promise<string[]>
}

/** @param words for its command line. It ends with the test, or with this process. */
export async function withS3Process<T>(words: readonly string[], work: (s3: S3Process) => Promise<T>): Promise<T> {
  const child = spawn('bun', [MAIN, ...words], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const endpoint = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).once('line', resolve)
      child.once('exit', status => reject(new Error(`the double of S3 ended with status ${status}`)))
    })
    const keys = async (bucket = 'lake') =>
      (await (await fetch(`${endpoint}/_double/keys/${bucket}`)).json()) as string[]
    return await work({ endpoint, keys })
  } finally {
    child.stdin.end()
  }
}
