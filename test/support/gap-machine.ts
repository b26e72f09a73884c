/** The executable with gaps to fill: tweets of the last hours, and what it made of them. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseSession, type SessionRecord } from '../../src/lib/domain/session.ts'
import type { Usage } from '../../src/lib/domain/x/spend.ts'
import { systemClock } from '../../src/lib/io/clock.ts'
import { BILLED_PATH } from '../x-double/double.ts'
import { type Bill, totalOf } from '../x-double/meter.ts'
import { beat } from '../x-double/script.ts'
import type { Machine, Outcome } from './executable.ts'
import { tweetLine } from './tweet-lines.ts'
import { type Double, TOKEN, withDouble } from './x-process.ts'

export const ENV = { X_BEARER_TOKEN: TOKEN }
/** As many connections as any test opens. */
const STREAM = Array.from({ length: 4 }, () => [beat(200)])

/** Ten seconds apart, the last one so many minutes before the machine's own time, which the executable goes by; oldest first. */
export function tweetsUpTo(minutesAgo: number, count: number): { data: { id: string } }[] {
  const lastMs = systemClock.nowMs() - minutesAgo * 60_000
  return Array.from({ length: count }, (_, i) =>
    JSON.parse(tweetLine(new Date(lastMs - (count - 1 - i) * 10_000).toISOString(), i)),
  )
}

/** The double of X, to which it is now when it starts. */
export function withX(options: Record<string, unknown>, work: (x: Double) => Promise<void>): Promise<void> {
  return withDouble({ now: new Date(systemClock.nowMs()).toISOString(), stream: STREAM, ...options }, work)
}

export const searches = (x: Double) => x.requests.filter(({ path }) => path === '/2/tweets/search/recent')

export async function billed(x: Double): Promise<ReturnType<typeof totalOf>> {
  const answer = await fetch(x.origin + BILLED_PATH)
  return totalOf((await answer.json()) as Record<string, Bill>)
}

/** By when they began. */
export async function sessionsOf(machine: Machine): Promise<SessionRecord[]> {
  const folder = join(machine.folder, 'lake/layer1/sessions')
  const names = (await readdir(folder)).sort()
  return Promise.all(names.map(async name => parseSession(await readFile(join(folder, name), 'utf8'), name)))
}

export async function meterOf(machine: Machine): Promise<Usage> {
  return JSON.parse(await readFile(join(machine.folder, 'lake/_state/spend.json'), 'utf8')).total
}

/** Runs until it has said that, then ends it by a signal. */
export async function listenUntil(
  machine: Machine,
  words: readonly string[],
  part: string,
  signal: NodeJS.Signals,
): Promise<Outcome> {
  const { child, ended } = machine.start(['listen', 'covid19', ...words], ENV)
  let heard = ''
  await new Promise<void>(resolve => {
    child.stderr?.on('data', text => {
      heard += String(text)
      if (heard.includes(part)) resolve()
    })
    void ended.then(() => resolve())
  })
  child.kill(signal)
  const outcome = await ended
  if (!outcome.stderr.includes(part)) throw new Error(`it did not say "${part}": ${outcome.stderr}`)
  return outcome
}

/** Ids of layer2, oldest first. */
export async function factsOf(machine: Machine): Promise<string[]> {
  const consolidated = await machine.twdw(['consolidate', '--quiet', '--grace', '0s'])
  if (consolidated.status !== 0) throw new Error(consolidated.stderr)
  const words = ['query', '--format', 'csv', '--sql', 'SELECT tweet_id FROM fact_tweet ORDER BY 1']
  return (await machine.twdw(words)).stdout.trim().split('\n').slice(1)
}
