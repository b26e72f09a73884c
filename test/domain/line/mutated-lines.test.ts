/**
 * Lines that something has happened to: bytes changed, cut out, doubled, glued to others. Nothing crashes, nothing hangs, and
 * every line is stored or rejected. TWDW_MUTATIONS asks for more of them, TWDW_SEED for the same.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Table } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { createRandom, type Random } from '../../../src/lib/domain/demo/random.ts'
import { demoTweets } from '../../../src/lib/domain/demo/stream.ts'
import { createLayer1Builder } from '../../../src/lib/domain/layer1-builder.ts'
import { OWN_FAULT } from '../../../src/lib/domain/line/line.ts'
import { FIXTURES } from '../../support/folders.ts'

const LINES = Number(process.env.TWDW_MUTATIONS ?? 300_000)
const SEED = Number(process.env.TWDW_SEED ?? process.hrtime.bigint() % 1_000_000n)
const CONTEXT = { listenedTags: ['covid19'], ruleNames: {} }
/** Enough that rows of many segments come and go. */
const LINES_A_SEGMENT = 20_000
/** What means something to a reader of JSON, or of tweets. */
const TOKENS = [
  '"',
  '\\',
  '\\u',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  'null',
  '-',
  '0',
  'e',
  '.',
  '\u0000',
  '\ud83e',
  ' ',
  '"id":',
  '"data":',
]
  .concat([
    '"text":',
    '"errors":',
    '"includes":{"users":[',
    '"created_at":"',
    '9223372036854775808',
    '\r',
    '\ufeff',
    '[[[[[[[[',
  ])
  .map(token => Buffer.from(token))
const MAX_LINE_BYTES = 8_192

/** Every line of the fixtures, and some of the demo. */
function readSeeds(): Buffer[] {
  const files = readdirSync(join(FIXTURES, 'lines')).map(name =>
    readFileSync(join(FIXTURES, 'lines', name, 'input.jsonl')),
  )
  const lines = files.flatMap(file => file.toString('latin1').split('\n')).map(line => Buffer.from(line, 'latin1'))
  for (const { line } of demoTweets({ seed: 1, startMs: Date.parse('2024-01-01T00:00Z'), ratePerSecond: 5 })) {
    lines.push(Buffer.from(line))
    if (lines.length >= 600) break
  }
  return lines.filter(line => line.length > 1)
}

function mutate(line: Buffer, seeds: readonly Buffer[], random: Random): Buffer {
  const at = random.below(line.length)
  const length = Math.min(line.length - at, 1 + random.below(40))
  switch (random.below(7)) {
    case 0: {
      const changed = Buffer.from(line)
      changed[at] = random.below(256)
      return changed
    }
    case 1:
      return Buffer.concat([line.subarray(0, at), line.subarray(at + length)])
    case 2:
      return Buffer.concat([line.subarray(0, at + length), line.subarray(at)])
    case 3:
      return line.subarray(0, at)
    case 4: {
      const other = random.pick(seeds)
      return Buffer.concat([line.subarray(0, at), other.subarray(random.below(other.length))])
    }
    case 5:
      return Buffer.concat([line.subarray(0, at), random.pick(TOKENS), line.subarray(at)])
    default:
      return Buffer.concat([line.subarray(0, at), random.pick(TOKENS), line.subarray(at + length)])
  }
}

/** White space alone, also behind a byte order mark. */
const isBlank = (line: Uint8Array) => /^\ufeff*[ \t\r]*$/.test(KEEPS_MARKS.decode(line))
const KEEPS_MARKS = new TextDecoder('utf-8', { ignoreBOM: true })

/** Lines that nobody thought of. */
function ownFaults(rejected: Table): unknown[] {
  const rows = rejected.toArray().map(row => row.toJSON())
  return rows.filter(({ reason }) => reason.startsWith(OWN_FAULT))
}

describe(`${LINES} mutated lines (TWDW_SEED=${SEED})`, { timeout: 60_000 + LINES / 2 }, () => {
  it('are each stored or rejected, and none brings the reader down', () => {
    const random = createRandom(SEED)
    const seeds = readSeeds()
    const builder = createLayer1Builder()
    let [tweets, rejected, unread] = [0, 0, 0]
    for (let n = 0; n < LINES; n++) {
      let line = random.pick(seeds)
      for (let i = random.below(4); i >= 0 && line.length > 0; i--) line = mutate(line, seeds, random)
      const bytes = new Uint8Array(line.subarray(0, MAX_LINE_BYTES)).filter(byte => byte !== 0x0a)
      const counts = builder.addLine({ bytes, source: 'replay', capturedAtMs: n }, CONTEXT)
      if (counts.tweets + counts.rejected === 0 && !isBlank(bytes) && ++unread === 1) {
        expect(new TextDecoder().decode(bytes)).toBe('a line that was stored or rejected')
      }
      tweets += counts.tweets
      rejected += counts.rejected
      if (n % LINES_A_SEGMENT !== LINES_A_SEGMENT - 1) continue
      const rows = [...builder.tweetTables().values()].reduce((sum, table) => sum + table.numRows, 0)
      const rejectedTable = builder.rejectedTable()
      expect([rows, rejectedTable.numRows]).toEqual([builder.tweets, builder.rejected])
      expect(ownFaults(rejectedTable)).toEqual([])
      builder.clear()
    }
    console.log(JSON.stringify({ seed: SEED, lines: LINES, tweets, rejected }))
    // it would prove little if all were of one kind
    expect(tweets / LINES).toBeGreaterThan(0.05)
    expect(rejected / LINES).toBeGreaterThan(0.3)
  })
})
