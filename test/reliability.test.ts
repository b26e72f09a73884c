/**
 * Every fault is survived or ended as docs/reliability.md says; the table there is what this test measured.
 * WRITE_GOLDEN=1 writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { SLOW_MS, withMachine } from './support/executable.ts'
import { type FaultOutcome, runFault } from './support/fault-run.ts'
import { FAULTS } from './support/faults.ts'
import { FILL_FAULTS, runFillFault } from './support/fill-faults.ts'
import { REPOSITORY } from './support/folders.ts'
import { killWhileFilling } from './support/killed-filling.ts'
import { killOften } from './support/killed-listener.ts'
import { readSlowly } from './support/slow-reader.ts'

const PAGE = join(REPOSITORY, 'docs/reliability.md')
const FILL_TABLE = /(<!-- gaps -->\n)[\s\S]*?(<!-- end -->)/
const TABLE = /(<!-- faults -->\n)[\s\S]*?(<!-- end -->)/
const KILLS = 12
const SLOW = 'a reader that is too slow'

describe('docs/reliability.md', { timeout: SLOW_MS }, () => {
  const rows = new Map<string, string>()
  const page = readFileSync(PAGE, 'utf8')

  it.each(FAULTS)('$name', async fault => {
    const { did, endings, lines, lost, doubled, miscounted, invented } = await runFault(fault)
    rows.set(fault.name, rowOf([fault.name, fault.x, saidOnce(did), lines, lost.length, doubled.length]))
    expect({ lost, doubled, miscounted, invented }).toEqual({ lost: [], doubled: [], miscounted: 0, invented: [] })
    if (fault.ending !== undefined) expect(new Set(endings)).toEqual(new Set([fault.ending]))
    if (process.env.WRITE_GOLDEN !== '1') expect(page).toContain(rows.get(fault.name))
  })

  it('kill -9', () =>
    withMachine(async machine => {
      const { lost, doubled, forgotten, invented, stored } = await killOften(machine, { kills: KILLS, seed: 1 })
      expect({ lost, doubled, forgotten, invented }).toEqual({ lost: [], doubled: [], forgotten: [], invented: [] })
      expect(stored).toBeGreaterThan(1_000)
      const did = 'started again, published what the journal held, and read on'
      const x = `sent without end, while the listener was killed ${KILLS} times`
      rows.set('kill -9', rowOf(['`kill -9`', x, did, '> 1,000', lost.length, doubled.length]))
      if (process.env.WRITE_GOLDEN !== '1') expect(page).toContain(rows.get('kill -9'))
    }))

  it(SLOW, async () => {
    const { sentences, sent, streamed, lost, doubled } = await readSlowly()
    expect({ lost, doubled }).toEqual({ lost: 0, doubled: 0 })
    expect(sent).toBeGreaterThan(300)
    // or it was not the fault that this is about
    expect(streamed).toBeLessThan(sent - 20)
    expect(sentences).toContainEqual(expect.stringMatching(/the disk is full: reading is paused until there is room/))
    const x = 'sent on while the disk was full for a minute, hung up, and threw away what had not been read'
    const did = 'stood still until there was room, connected again, and had search find what was thrown away'
    rows.set(SLOW, rowOf([SLOW, x, did, '> 300', lost, doubled]))
    if (process.env.WRITE_GOLDEN !== '1') expect(page).toContain(rows.get(SLOW))
  })

  it('has a row for each of these, and no other', () => {
    const names = [...FAULTS.map(({ name }) => name), SLOW, 'kill -9']
    const table = [
      rowOf(['fault', 'what X did', 'what the listener did', 'lines', 'lost', 'doubled']),
      '|---|---|---|---:|---:|---:|',
      ...names.map(name => rows.get(name) ?? `| ${name} | not run |`),
    ].join('\n')
    const fresh = page.replace(TABLE, (_, begin: string, end: string) => `${begin}${table}\n${end}`)
    if (process.env.WRITE_GOLDEN === '1') writeFileSync(PAGE, fresh)
    else expect(fresh).toBe(page)
  })

  afterAll(() => rows.clear())
})

describe('docs/reliability.md, gaps', { timeout: SLOW_MS }, () => {
  const rows = new Map<string, string>()

  it.each(FILL_FAULTS)('$name', async fault => {
    const { did, delivered, lost, doubled, paidTwice, left, miscounted } = await runFillFault(fault)
    const deeds = did.length === 0 ? 'went on' : saidOnce(did)
    rows.set(fault.name, rowOf([fault.name, fault.x, deeds, delivered, lost, doubled, paidTwice, left]))
    expect({ lost, doubled, paidTwice, miscounted }).toEqual({ lost: 0, doubled: 0, paidTwice: 0, miscounted: 0 })
    if (process.env.WRITE_GOLDEN !== '1') expect(readFileSync(PAGE, 'utf8')).toContain(rows.get(fault.name))
  })

  it('`kill -9`', () =>
    withMachine(async machine => {
      const { delivered, lost, doubled, paidTwice, miscounted } = await killWhileFilling(machine)
      expect({ lost, doubled, miscounted }).toEqual({ lost: 0, doubled: 0, miscounted: 0 })
      const x = 'gave two pages; the listener was killed while it waited for the third'
      const did = 'started again, published what the journal held, and went on below it'
      rows.set('`kill -9`', rowOf(['`kill -9`', x, did, delivered, lost, doubled, paidTwice, 0]))
      if (process.env.WRITE_GOLDEN !== '1') expect(readFileSync(PAGE, 'utf8')).toContain(rows.get('`kill -9`'))
    }))

  it('has a row for each of these, and no other', () => {
    const names = [...FILL_FAULTS.map(({ name }) => name), '`kill -9`']
    const table = [
      rowOf(['fault', 'what X did', 'what the listener did', 'delivered', 'lost', 'doubled', 'paid twice', 'left']),
      '|---|---|---|---:|---:|---:|---:|---:|',
      ...names.map(name => rows.get(name) ?? `| ${name} | not run |`),
    ].join('\n')
    const page = readFileSync(PAGE, 'utf8')
    const fresh = page.replace(FILL_TABLE, (_, begin: string, end: string) => `${begin}${table}\n${end}`)
    if (process.env.WRITE_GOLDEN === '1') writeFileSync(PAGE, fresh)
    else expect(fresh).toBe(page)
  })
})

function rowOf(cells: readonly (string | number)[]): string {
  return `| ${cells.map(cell => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
}

const AGAIN = /^(?:connected|asked) again (?=after|at)/

/** `connected again after 5 s, after 10 s` rather than the same words each time. */
function saidOnce(did: FaultOutcome['did']): string {
  return did
    .map((deed, i) =>
      i > 0 && AGAIN.exec(did[i - 1] ?? '')?.[0] === AGAIN.exec(deed)?.[0] ? deed.replace(AGAIN, '') : deed,
    )
    .join(', ')
}
