/**
 * X at full speed: the double of the tests, whose stream sends made-up tweets as quickly as it is told to, or as it is read.
 *
 * Lines are laid out once. Before each sending ids and times are written into them in place, so that sending costs next
 * to nothing and every tweet is another one.
 *
 * As a process: `bun bench/firehose.ts '{"tweets":1000,…}'` prints its origin and runs until stdin ends.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { demoTweets } from '../src/lib/domain/demo/stream.ts'
import { firstIdOf } from '../src/lib/domain/instant.ts'
import { startXDouble } from '../test/x-double/double.ts'
import { end, type Step } from '../test/x-double/script.ts'

export interface Firehose {
  tweets: number
  /** null: as quickly as they are read */
  tweetsPerSecond: number | null
  /** time of the first tweet; null: each tweet is of the instant at which it is sent */
  startMs: number | null
  /** tweet time that passes from one tweet to the next, where there is a `startMs` */
  stepMs: number
  /** whether the stream ends after the last tweet; else it goes on in silence */
  ends: boolean
}

export const FIREHOSE_TOKEN = 'BENCH'
export const FIREHOSE_RULE = { id: '1950000000000000001', value: '#covid19', tag: 'twdw:lake:covid19' }
const MATCHING_RULES = `"matching_rules":[{"id":"${FIREHOSE_RULE.id}","tag":"${FIREHOSE_RULE.tag}"}]`

const LINES_A_BLOCK = 250
const BLOCKS = 32
const ID_DIGITS = 19

/** A block of lines, and where in it each line has its id, and its time. */
interface Block {
  bytes: Buffer
  lines: { ids: number[]; time: number }[]
}

function layOut(): Block[] {
  const lines = demoTweets({ seed: 1, startMs: Date.parse('2024-01-01T03:00:00Z'), ratePerSecond: 100 })[
    Symbol.iterator
  ]()
  return Array.from({ length: BLOCKS }, () => {
    const texts: Buffer[] = []
    const places: Block['lines'] = []
    let start = 0
    while (texts.length < LINES_A_BLOCK) {
      const { line } = lines.next().value!
      const text = Buffer.from(`${line.replace(/"matching_rules":\[.*?\]/, () => MATCHING_RULES)}\r\n`)
      const { id } = JSON.parse(text.toString()).data
      const ids: number[] = []
      for (let at = text.indexOf(id); at !== -1; at = text.indexOf(id, at + 1)) ids.push(start + at)
      const time = start + text.indexOf('"created_at":"') + '"created_at":"'.length
      if (id.length !== ID_DIGITS) continue
      places.push({ ids, time })
      texts.push(text)
      start += text.length
    }
    return { bytes: Buffer.concat(texts), lines: places }
  })
}

async function* flow({ tweets, tweetsPerSecond, startMs, stepMs, ends }: Firehose): AsyncGenerator<Step> {
  const blocks = layOut()
  const beganMs = Date.now()
  let idMs = 0
  let sequence = 0n
  for (let sent = 0, n = 0; sent < tweets; n++) {
    const { bytes, lines } = blocks[n % BLOCKS]!
    const nowMs = Date.now()
    for (const [i, { ids, time }] of lines.entries()) {
      const ms = startMs === null ? nowMs : Math.floor(startMs + (sent + i) * stepMs)
      sequence = ms === idMs ? sequence + 1n : 0n
      idMs = ms
      const id = String(firstIdOf(ms) + sequence)
      for (const at of ids) bytes.write(id, at, 'latin1')
      bytes.write(new Date(ms).toISOString(), time, 'latin1')
    }
    // a chunk of its own: the socket may still be sending the last one
    yield { block: Buffer.from(bytes) }
    sent += lines.length
    const aheadMs = tweetsPerSecond === null ? 0 : beganMs + (sent / tweetsPerSecond) * 1000 - Date.now()
    if (aheadMs > 0) await sleep(aheadMs)
  }
  if (ends) yield end()
}

/** How many tweets are really sent: whole blocks. */
export function wholeBlocks(tweets: number): number {
  return Math.ceil(tweets / LINES_A_BLOCK) * LINES_A_BLOCK
}

if (import.meta.main) {
  const plan = JSON.parse(process.argv[2] ?? '') as Firehose
  const x = await startXDouble({ token: FIREHOSE_TOKEN, rules: [FIREHOSE_RULE], stream: [flow(plan)] })
  process.stdout.write(`${x.origin}\n`)
  process.stdin.resume()
  process.stdin.once('end', () => process.exit(0))
}
