/** The double of X as a process of its own, for tests of the executable. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { REPOSITORY } from './folders.ts'

/** What the double takes for its token. */
export const TOKEN = 'AAAA%2Btest%3D'

export interface Double {
  origin: string
  /** what it was asked so far */
  requests: { method: string; path: string; query: Record<string, string>; body: string }[]
}

/** @param options as XDoubleOptions, as far as JSON has them */
export async function withDouble(options: Record<string, unknown>, work: (x: Double) => Promise<void>): Promise<void> {
  const server = spawn(process.execPath, [
    join(REPOSITORY, 'test/x-double/serve.ts'),
    JSON.stringify({ token: TOKEN, ...options }),
  ])
  const double: Double = { origin: '', requests: [] }
  let text = ''
  await new Promise<void>(ready => {
    server.stdout.setEncoding('utf8').on('data', chunk => {
      text += chunk
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        if (double.origin === '') double.origin = line
        else double.requests.push(JSON.parse(line))
      }
      if (double.origin !== '') ready()
    })
  })
  try {
    await work(double)
  } finally {
    server.stdin.end()
    await new Promise(gone => server.once('close', gone))
  }
}
