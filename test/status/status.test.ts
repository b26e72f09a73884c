import { describe, expect, it } from 'vitest'
import { tombstonesToText } from '../../src/lib/domain/forget/forgotten.ts'
import { type Pulse, pulseFileName } from '../../src/lib/domain/health/pulse.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { lakeSettingsToText } from '../../src/lib/domain/lake-settings.ts'
import { createLayer1Builder, REJECTED_REPEATING } from '../../src/lib/domain/layer1-builder.ts'
import { manifestPath, rejectedPath, sessionPath, tombstonesPath } from '../../src/lib/domain/paths.ts'
import { sessionToText } from '../../src/lib/domain/session.ts'
import { EMPTY_METER, meterToText, meterWith } from '../../src/lib/domain/x/meter.ts'
import { usageAt } from '../../src/lib/domain/x/spend.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { type StatusPorts, status } from '../../src/lib/status/status.ts'
import { aPulse } from '../support/a-pulse.ts'
import { addLayer1, lakeOf, run, someRows } from '../support/consolidate-lake.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import type { MemoryLake } from '../support/memory-lake.ts'
import { sessionRecord } from '../support/session-records.ts'

const NOW = '2026-09-21T12:00:00.000Z'
const NOW_MS = Date.parse(NOW)
const HOLDER = 'twdw listen, process 4711 on desk, since 2026-09-21T09:57:00.000Z'

const bytesOf = (text: string) => new TextEncoder().encode(text)

function put(lake: MemoryLake, path: string, text: string): void {
  lake.files.set(path, bytesOf(text))
}

async function aLake(): Promise<MemoryLake> {
  const lake = await lakeOf({ '2026-09-21T08': someRows('2026-09-21T08') })
  put(lake, 'twdw.json', lakeSettingsToText({ format: 1, id: '0a1b2c3d', timeZone: 'America/Sao_Paulo' }))
  return lake
}

interface Around {
  pulses?: Pulse[]
  holder?: string
  running?: number[]
  meter?: string
  journal?: Awaited<ReturnType<StatusPorts['journalFiles']>>
}

function portsOf(
  lake: MemoryLake,
  { pulses = [], holder, running = [], meter, journal = [] }: Around = {},
): StatusPorts {
  const texts = new Map(pulses.map(pulse => [pulseFileName(pulse.source), JSON.stringify(pulse)]))
  return {
    lake: { ...lake, holderOf: async name => (name === 'listen' ? holder : undefined) },
    clock: fixedClock(NOW),
    openTables: async () => openTables(lake),
    pulses: { host: 'desk', read: async name => texts.get(name), isRunning: pid => running.includes(pid) },
    meter: { path: '/srv/lake/_state/spend.json', read: async () => meter },
    journalFiles: async () => journal,
  }
}

async function addRejected(lake: MemoryLake, segment: string, ...reasons: string[]): Promise<void> {
  const builder = createLayer1Builder()
  for (const reason of reasons)
    builder.addRejected({ bytes: bytesOf('{'), reason }, { source: 'stream', capturedAtMs: 0 })
  await openTables(lake).write(rejectedPath(segment), builder.rejectedTable(), { repeating: REJECTED_REPEATING })
}

describe('status', () => {
  it('says of a lake what is in it, what is pending and what was rejected, and changes nothing', async () => {
    const lake = await aLake()
    await addLayer1(lake, '2026-09-21T09', 'segment-1', [
      ...someRows('2026-09-21T09'),
      { ...someRows('2026-09-21T09')[0]!, tweet_id: 'no id' },
    ])
    await run(lake, {}, { now: NOW })
    await addLayer1(lake, '2026-09-21T09', 'segment-2', someRows('2026-09-21T09', 1))
    await addLayer1(lake, '2026-09-21T11', 'segment-3', someRows('2026-09-21T11'))
    await addRejected(lake, 'segment-4', 'notice: error: "ForceDisconnect"', 'notice: error: "SlowReader"', 'not UTF-8')
    const from = new Date(NOW_MS - 3_600_000).toISOString()
    const cut = new Date(NOW_MS - 1_800_000).toISOString()
    const back = new Date(NOW_MS - 1_200_000).toISOString()
    put(lake, sessionPath('s1'), sessionToText(sessionRecord(from, cut, { session: 's1' })))
    put(lake, sessionPath('s2'), sessionToText(sessionRecord(back, NOW, { session: 's2', ended: null })))
    // it began last, and is about a time of its own
    const search = sessionRecord(cut, new Date(NOW_MS - 1_500_000).toISOString(), { session: 's3', source: 'search' })
    put(lake, sessionPath('s3'), sessionToText(search))
    put(lake, tombstonesPath('a'), tombstonesToText({ tweets: ['7', '8'], users: ['501'] }))
    const before = lake.changes
    const report = await status(portsOf(lake))
    expect(report).toMatchObject({
      at: NOW,
      listeners: [],
      spending: null,
      lake: { url: 'memory', timeZone: 'America/Sao_Paulo', files: lake.files.size, tweets: 4 },
      pending: ['2026-09-21T09'],
      open: ['2026-09-21T11'],
      rejected: {
        lines: { 'notice: error': 2, 'not UTF-8': 1 },
        rows: { 'tweet_id is not an INT64': 1 },
        unreadFiles: 0,
      },
      forgotten: { tweets: 2, users: 1 },
      sessions: { count: 2, last: { session: 's2', ended: null } },
      coverage: [
        {
          rule: 'covid19',
          value: '#covid19',
          capturedMs: 3_000_000,
          filledMs: 300_000,
          missingMs: 300_000,
          onPurposeMs: 0,
          gaps: [{ from: search.to, to: back }],
        },
      ],
      damaged: [],
    })
    expect(report.lake.hours).toEqual({ count: 3, first: '2026-09-21T08', last: '2026-09-21T11' })
    expect(lake.changes).toBe(before)
  })

  it('tells the listener to X first, others only while they live, and the last of them where there is none to X', async () => {
    const lake = await aLake()
    const ended: Pulse['state'] = { is: 'ended', since: NOW, because: 'the source has ended', failed: false }
    const replay = aPulse({ source: 'replay', pid: 5, state: ended })
    const demo = aPulse({ source: 'demo', pid: 6, at: '2026-09-21T11:59:59.000Z' })
    const sources = async (around: Around) =>
      (await status(portsOf(lake, around))).listeners.map(({ pulse, state }) => `${pulse?.source} ${state}`)
    expect(await sources({ pulses: [replay, demo, aPulse()], holder: HOLDER, running: [6] })).toEqual([
      'stream connected',
      'demo connected',
    ])
    expect(await sources({ pulses: [replay, aPulse()] })).toEqual(['stream died'])
    expect(await sources({ pulses: [replay, demo] })).toEqual(['demo died'])
    expect(await sources({ holder: HOLDER })).toEqual(['undefined untold'])
  })

  it('takes money from a living listener, and from the meter where none lives or the day is another', async () => {
    const lake = await aLake()
    const meter = meterToText(
      meterWith(meterWith(EMPTY_METER, usageAt(NOW_MS, { posts: 100 })), usageAt(NOW_MS - 86_400_000, { posts: 900 })),
    )
    const spending = async (around: Around) => (await status(portsOf(lake, { meter, ...around }))).spending
    expect(await spending({ pulses: [aPulse()], holder: HOLDER })).toMatchObject({ dayUsd: 12.35, tweetsLeft: 7_530 })
    const ofMeter = { day: '2026-09-21', dayUsd: 0.5, totalUsd: 5, possibleTotalUsd: 5 }
    expect(await spending({ pulses: [aPulse()] })).toEqual({
      ...ofMeter,
      maxUsdPerDay: 50,
      maxUsd: null,
      tweetsLeft: 9_900,
    })
    const yesterday = aPulse({ spending: { ...aPulse().spending!, day: '2026-09-20' } })
    expect(await spending({ pulses: [yesterday], holder: HOLDER })).toMatchObject(ofMeter)
    expect(await spending({})).toEqual({ ...ofMeter, maxUsdPerDay: null, maxUsd: null, tweetsLeft: null })
  })

  it('counts the segments of the journal by what became of them', async () => {
    const journal = [
      { path: '/j/1.journal', bytes: 100, is: 'left' },
      { path: '/j/2.journal', bytes: 10, is: 'left' },
      { path: '/j/3.journal', bytes: 1, is: 'open' },
      { path: '/j/0.journal.damaged', bytes: 7, is: 'damaged' },
    ] as const
    expect((await status(portsOf(await aLake(), { journal: [...journal] }))).journal).toEqual({
      open: { files: 1, bytes: 1 },
      left: { files: 2, bytes: 110 },
      damaged: { files: 1, bytes: 7 },
    })
  })

  it('looks at all the rest when something is damaged, and says what is', async () => {
    const lake = await aLake()
    await run(lake, {}, { now: NOW })
    put(lake, manifestPath('2026-09-21T08' as Hour), '{')
    put(lake, rejectedPath('segment-9'), 'no Parquet')
    put(lake, sessionPath('s1'), '{')
    const unreadable = new TwdwError('E_LAKE', 'the folder /srv/lake/_state/journal cannot be read: permission denied')
    const ports = { ...portsOf(lake, { meter: '{' }), journalFiles: () => Promise.reject(unreadable) }
    const report = await status(ports)
    expect(report.pending).toEqual(['2026-09-21T08'])
    expect(report.damaged.map(({ message }) => message)).toEqual([
      'the meter /srv/lake/_state/spend.json is damaged, and without it no spending cap holds: it is not JSON',
      'the folder /srv/lake/_state/journal cannot be read: permission denied',
      'the manifest layer2/_twdw/hours/2026-09-21T08.json is damaged: it is not JSON',
      expect.stringMatching(/^memory\/layer1\/rejected\/segment-9\.parquet is not a readable Parquet file: /),
      'the session record layer1/sessions/s1.json is damaged: it is not JSON',
    ])
  })

  it('has nothing to say of a lake that is not there', async () => {
    const lake = await aLake()
    lake.files.delete('twdw.json')
    await expect(status(portsOf(lake))).rejects.toMatchObject({
      code: 'E_LAKE',
      message: 'there is no lake at memory: it has no twdw.json',
    })
  })

  it('reads the latest files of many with rejected lines, and says how many it left', async () => {
    const lake = await aLake()
    await addRejected(lake, 'z-000', 'not UTF-8')
    const bytes = lake.files.get(rejectedPath('z-000'))!
    for (let i = 1; i <= 502; i++) lake.files.set(rejectedPath(`z-${String(i).padStart(3, '0')}`), bytes)
    lake.files.set(rejectedPath('z-000'), bytesOf('never opened'))
    expect(await status(portsOf(lake))).toMatchObject({
      rejected: { lines: { 'not UTF-8': 500 }, unreadFiles: 3 },
      damaged: [],
    })
  })
})
