/** The doctor over pipes that tests hold in their hands: what each check finds, and that none ends the others. */
import { describe, expect, it } from 'vitest'
import { type DoctorPlan, type DoctorPorts, examine } from '../../src/lib/doctor/doctor.ts'
import type { Finding } from '../../src/lib/domain/health/finding.ts'
import { type Pulse, pulseFileName } from '../../src/lib/domain/health/pulse.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { lakeSettingsToText } from '../../src/lib/domain/lake-settings.ts'
import { claimlessManifest, manifestToText } from '../../src/lib/domain/manifest.ts'
import { layer1Folder, layer1Path, manifestPath } from '../../src/lib/domain/paths.ts'
import { EMPTY_METER, meterToText, meterWith } from '../../src/lib/domain/x/meter.ts'
import { usageAt } from '../../src/lib/domain/x/spend.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import type { DiskProbe } from '../../src/lib/io/disk-probe.ts'
import { openInstaller } from '../../src/lib/io/installer.ts'
import { openXAccount } from '../../src/lib/io/x/account.ts'
import { openXRest } from '../../src/lib/io/x/rest.ts'
import { aPulse } from '../support/a-pulse.ts'
import { lakeOf, run, someRows } from '../support/consolidate-lake.ts'
import { fakeMachine } from '../support/fake-machine.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { createMemoryLake, type MemoryLake } from '../support/memory-lake.ts'

const NOW = '2026-09-21T12:00:00.000Z'
const never = new AbortController().signal
const HOLDER = 'twdw listen, process 4711 on desk, since 2026-09-21T09:57:00.000Z'
const TOKEN = `AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid%2BULvsea4JtiGRiSDSJSI%3DEUifiRBkKG5E2XzMDjRfl76ZC9Ub0w`

const plan: DoctorPlan = {
  offline: true,
  origin: 'http://127.0.0.1:9',
  caps: { totalMicroUsd: undefined, dayMicroUsd: 50_000_000 },
  places: { unitFolders: [], tokenFiles: [] },
}

const DISK: DiskProbe = {
  folder: '/srv/lake',
  freeBytes: 50_000_000_000,
  freeFiles: undefined,
  syncMs: 4,
  locks: true,
  otherOwner: undefined,
}

interface Around extends Partial<DoctorPorts> {
  pulse?: Pulse
  holder?: string
  meterText?: string
  probe?: Partial<DiskProbe>
}

async function aLake(): Promise<MemoryLake> {
  const lake = await lakeOf({ '2026-09-21T10': someRows('2026-09-21T10') })
  const settings = lakeSettingsToText({ format: 1, id: '0a1b2c3d', timeZone: 'America/Sao_Paulo' })
  lake.files.set('twdw.json', new TextEncoder().encode(settings))
  await run(lake, {}, { now: NOW })
  return lake
}

function portsOf(lake: MemoryLake, { pulse, holder, meterText, probe, ...others }: Around = {}): DoctorPorts {
  const clock = fixedClock(NOW)
  return {
    lake: { ...lake, holderOf: async () => holder },
    stateFolder: '/srv/lake/_state',
    clock,
    pulses: {
      host: 'desk',
      read: async name => (name === pulseFileName('stream') && pulse ? JSON.stringify(pulse) : undefined),
      isRunning: () => false,
    },
    meter: { path: '/srv/lake/_state/spend.json', read: async () => meterText },
    installer: openInstaller(fakeMachine().run),
    journalFiles: async () => [],
    probeDisk: async () => ({ ...DISK, ...probe }),
    loadEngine: async () => [],
    findToken: async () => ({ token: TOKEN, from: 'X_BEARER_TOKEN', file: undefined }),
    async openX(token) {
      const access = { origin: plan.origin, token, userAgent: 'twdw/0.0.0' }
      return { rest: openXRest(access), account: openXAccount(access, clock) }
    },
    ...others,
  }
}

async function found(lake: MemoryLake, around: Around = {}, change: Partial<DoctorPlan> = {}): Promise<Finding[]> {
  const findings: Finding[] = []
  for await (const finding of examine({ ...plan, ...change }, portsOf(lake, around), never)) findings.push(finding)
  return findings
}

/** What one check found, as lines `level: sentence → remedy`. */
async function linesOf(check: string, lake: MemoryLake, around: Around = {}, change: Partial<DoctorPlan> = {}) {
  const findings = await found(lake, around, change)
  return findings
    .filter(finding => finding.check === check)
    .map(({ level, sentence, remedy }) => `${level}: ${sentence}${remedy === null ? '' : ` → ${remedy}`}`)
}

describe('the doctor', () => {
  it('finds nothing wrong where nothing is, changes nothing, and asks X nothing when offline', async () => {
    const lake = await aLake()
    const before = lake.changes
    expect((await found(lake)).map(({ check, level, sentence }) => `${level} ${check}: ${sentence}`)).toEqual([
      'ok lake: memory is of format 1, in America/Sao_Paulo',
      'ok hours: 1 hour consolidated, 0 to be done',
      'ok journal: empty',
      expect.stringMatching(/^ok lake-disk: \/srv\/lake has room for 50 GB, which lasts .* a day; a sync takes 4 ms$/),
      'ok state-disk: /srv/lake has room for 50 GB; a sync takes 4 ms',
      'ok engine: DuckDB, which answers questions, loads',
      'ok listener: nothing has listened to X here yet',
      'ok caps: at most $50.00 a day, $0.00 spent today (UTC); no cap in all, $0.00 spent; room for 10,000 tweets today',
      'ok schedule: nothing starts twdw by itself for this lake',
      `ok token: one of ${TOKEN.length} characters, from X_BEARER_TOKEN`,
      ...['x', 'access', 'clock', 'rules', 'usage', 'slot'].map(check => `skipped ${check}: --offline`),
    ])
    expect(lake.changes).toBe(before)
  })

  it('goes on when each check fails', async () => {
    const fails = (what: string) => async () => {
      throw new TwdwError('E_LAKE', `${what} is broken`, { hint: 'mend it' })
    }
    const lake = await aLake()
    const broken: Around = {
      journalFiles: fails('the journal'),
      probeDisk: fails('the disk'),
      loadEngine: fails('the engine'),
      pulses: { host: 'desk', read: fails('the pulse'), isRunning: () => false },
      meter: { path: '', read: fails('the meter') },
      findToken: fails('the token'),
    }
    const findings = await found({ ...lake, list: fails('the list') }, broken)
    expect(
      findings.filter(({ level }) => level === 'fault').map(({ check, sentence }) => `${check}: ${sentence}`),
    ).toEqual([
      'hours: the list is broken',
      'journal: the journal is broken',
      'lake-disk: the disk is broken',
      'state-disk: the disk is broken',
      'engine: the engine is broken',
      'listener: the pulse is broken',
      'caps: the meter is broken',
      'token: the token is broken',
    ])
  })

  it('lets a bug through', async () => {
    const bug = new RangeError('a bug')
    await expect(found(await aLake(), { loadEngine: () => Promise.reject(bug) })).rejects.toBe(bug)
  })
})

describe('the doctor, of the lake', () => {
  it('tells a lake that is yet to be made from one that lost its settings', async () => {
    expect(await linesOf('lake', createMemoryLake())).toEqual([
      'warning: there is no lake at memory yet → the first twdw listen makes it; if there should be one, is its disk mounted?',
    ])
    const lake = await aLake()
    lake.files.delete('twdw.json')
    expect(await linesOf('lake', lake)).toEqual([
      expect.stringMatching(/^fault: memory has \d+ files of a lake and no twdw\.json → restore it: \{"format": 1, /),
    ])
  })

  it.each([
    ['{', 'fault: twdw.json of the lake memory is damaged: it is not JSON'],
    [
      '{"format": 99, "id": "00000000", "timeZone": "UTC"}',
      'fault: the lake memory is of format 99, and this twdw knows formats up to 1',
    ],
    [
      '{"format": 1, "id": "00000000", "timeZone": "Mars/Base"}',
      'fault: the lake memory is kept in "Mars/Base", and there is no such zone',
    ],
  ])('does not know what to do with %s', async (text, line) => {
    const lake = await aLake()
    lake.files.set('twdw.json', new TextEncoder().encode(text))
    expect(await linesOf('lake', lake)).toEqual([expect.stringContaining(line)])
  })

  it('finds a manifest that cannot be read, files that are gone, and hours that wait for long', async () => {
    const lake = await lakeOf({
      '2026-09-21T06': someRows('2026-09-21T06'),
      '2026-09-21T10': someRows('2026-09-21T10'),
    })
    lake.files.set('twdw.json', (await aLake()).files.get('twdw.json')!)
    await run(lake, {}, { now: NOW })
    lake.files.set(manifestPath('2026-09-21T06' as Hour), new TextEncoder().encode('{'))
    lake.files.delete('layer2/fact_tweet/utc_date=2026-09-21/utc_hour=10/part-0.parquet')
    expect(await linesOf('hours', lake)).toEqual([
      'fault: the manifest layer2/_twdw/hours/2026-09-21T06.json is damaged: it is not JSON → run `twdw consolidate --rebuild`: everything in layer2 can be made again from layer1',
      'warning: 1 file of layer2 is gone, such as layer2/fact_tweet/utc_date=2026-09-21/utc_hour=10/part-0.parquet → twdw consolidate: it makes their hours again from layer1',
      'warning: 2 hours wait to be consolidated, 2026-09-21T06 for 5 h → twdw consolidate, and twdw schedule to have it done every hour',
    ])
  })

  it('finds hours of many files, where there are more than a day or two of them', async () => {
    const lake = await aLake()
    const hours = Array.from({ length: 49 }, (_, n) => new Date(Date.UTC(2026, 8, 1, n)).toISOString().slice(0, 13))
    // as it lists them; what is in them is not looked at
    const { list } = lake
    const manifests = new Map<string, Uint8Array>()
    const files = hours.flatMap(hour =>
      Array.from({ length: 11 }, (_, n) => ({ path: layer1Path(hour as Hour, `segment-${10 + n}`), bytes: 1 })),
    )
    for (const hour of hours) {
      const inputs = files.filter(({ path }) => path.startsWith(layer1Folder(hour as Hour)))
      const claimed = {
        ...claimlessManifest(hour as Hour, 'America/Sao_Paulo'),
        inputs,
        outputs: [{ path: 'twdw.json', rows: 1 }],
      }
      manifests.set(manifestPath(hour as Hour), new TextEncoder().encode(manifestToText(claimed)))
    }
    for (const [path, bytes] of manifests) lake.files.set(path, bytes)
    lake.list = async prefix => [...(await list(prefix)), ...files.filter(({ path }) => path.startsWith(prefix))]
    const told =
      'warning: 49 hours have more than 10 files in layer1 each: listing them takes long → twdw compact: it merges them; what twdw schedule --install sets up does so by itself'
    expect(await linesOf('hours', lake)).toEqual([told])
    // as many as there are between two runs of compact
    files.splice(0, 22)
    for (const hour of hours.slice(0, 2)) lake.files.delete(manifestPath(hour as Hour))
    expect(await linesOf('hours', lake)).toEqual(['ok: 48 hours consolidated, 0 to be done'])
  })

  it('finds segments that a kill left and those that the disk damaged', async () => {
    const journalFiles = async () => [
      { path: '/j/0.journal.damaged', bytes: 7, is: 'damaged' } as const,
      { path: '/j/1.journal', bytes: 1_000, is: 'left' } as const,
      { path: '/j/2.journal', bytes: 50, is: 'open' } as const,
    ]
    expect(await linesOf('journal', await aLake(), { journalFiles })).toEqual([
      'warning: 1 segment (1 KB) left behind by a listener that was killed → start twdw listen, which stores them first; without X: twdw listen --source replay --from /dev/null',
      'warning: 1 segment (7 bytes) set aside as damaged, the last as /j/0.journal.damaged → check the disk (dmesg); what could be read is in the lake. Remove the file when you need it no more',
    ])
  })

  it.each<[Partial<DiskProbe>, string]>([
    [
      { freeBytes: 9_000_000 },
      'fault: /srv/lake has room for 9 MB; a sync takes 4 ms → free some room, or move the lake to a larger disk',
    ],
    [
      { syncMs: 350 },
      'warning: /srv/lake has room for 50 GB; a sync takes 350 ms → the journal is synced every 200 ms, and here it falls behind: name a folder on a faster disk with --state-dir',
    ],
    [
      { locks: false },
      'fault: the file system of /srv/lake gives no locks → keep the lake on a file system with flock(2), and name a local folder with --state-dir',
    ],
    [{ otherOwner: 1000 }, "ok: /srv/lake has room for 50 GB; a sync takes 4 ms (tried as root; it is account 1000's)"],
  ])('judges a disk with %o', async (probe, line) => {
    expect(await linesOf('state-disk', await aLake(), { probe })).toEqual([line])
  })

  it('says where DuckDB cannot be kept', async () => {
    const warnings = ['DuckDB cannot be kept in /a (EROFS); using /b']
    expect(await linesOf('engine', await aLake(), { loadEngine: async () => warnings })).toEqual([
      'warning: DuckDB cannot be kept in /a (EROFS); using /b → make that folder writable, or name another one with XDG_CACHE_HOME',
    ])
  })
})

describe('the doctor, of the listener', () => {
  const since = '2026-09-21T11:00:00.000Z'
  const because = 'X answered 503 Service Unavailable'

  it.each<[string, Around]>([
    [
      'ok: process 4711 listens to X, and last heard of it 2026-09-21T11:59:57Z (3 s ago)',
      { pulse: aPulse(), holder: HOLDER },
    ],
    [`ok: has just started: ${HOLDER}`, { holder: HOLDER }],
    [
      'ok: process 4711 stores what an earlier run left, before it listens',
      { pulse: aPulse({ state: { is: 'starting', since } }), holder: HOLDER },
    ],
    [
      'warning: process 4711 waits before it asks X again: X answered 503 Service Unavailable → it goes on by itself; see twdw status',
      {
        pulse: aPulse({ state: { is: 'waiting', since, until: '2026-09-21T12:01:00.000Z', because } }),
        holder: HOLDER,
      },
    ],
    [
      'warning: process 4711 is connecting to X since 2026-09-21T11:00:00Z (1 h ago) → see its log: journalctl -u twdw-listen, or journalctl -t twdw',
      { pulse: aPulse({ state: { is: 'connecting', since } }), holder: HOLDER },
    ],
    [
      'fault: process 4711 does not read since 2026-09-21T11:00:00Z (1 h ago): the disk is full → make room: it goes on by itself. Do not end it: what has arrived and is not in the journal would be lost',
      { pulse: aPulse({ state: { is: 'paused', since, because: 'the disk is full' } }), holder: HOLDER },
    ],
    [
      'fault: process 4711 hangs: it gave no sign of life since 2026-09-21T11:00:00Z (1 h ago) → is its disk full, or does it not answer? Mend that first: it may go on. Else end it (kill 4711): the next one stores what is in the journal, and what has arrived since is lost',
      { pulse: aPulse({ at: since }), holder: HOLDER },
    ],
    [
      'warning: none runs since 2026-09-21T11:00:00Z (1 h ago), which ended so: the disk is full → mend that, then start it again; see its log: journalctl -u twdw-listen, or journalctl -t twdw',
      { pulse: aPulse({ state: { is: 'ended', since, because: 'the disk is full', failed: true } }) },
    ],
    [
      'warning: none runs: process 4711 is gone without a word, last seen 2026-09-21T11:59:58Z (2 s ago) → start it again: it stores first what is left in the journal; see its log: journalctl -u twdw-listen, or journalctl -t twdw',
      { pulse: aPulse() },
    ],
    [
      'ok: none runs since 2026-09-21T11:00:00Z (1 h ago): stopped by a signal',
      { pulse: aPulse({ state: { is: 'ended', since, because: 'stopped by a signal', failed: false } }) },
    ],
  ])('says %s', async (line, around) => expect(await linesOf('listener', await aLake(), around)).toEqual([line]))

  const spent = (posts: number) => meterToText(meterWith(EMPTY_METER, usageAt(Date.parse(NOW), { posts })))
  const ended = aPulse({ state: { is: 'ended', since, because: 'stopped by a signal', failed: false } })

  it.each<[string, Around, Partial<DoctorPlan>]>([
    [
      'warning: at most $50.00 a day, $45.05 spent today (UTC); no cap in all, $45.05 spent; room for 990 tweets today → raise the cap, or listen for less: --lang, --sample',
      { meterText: spent(9_010) },
      {},
    ],
    [
      'fault: no room for a tweet: --max-usd-per-day is $50.00, and $50.00 is spent on 2026-09-21 (UTC) → it frees at 2026-09-22T00:00Z: start again then, or now with a higher --max-usd-per-day; --wait-next-day waits for it',
      { meterText: spent(10_000) },
      {},
    ],
    [
      "fault: no room for a tweet: --max-usd is $1.00, and $1.00 is spent since the lake's meter began → it does not free by itself: start again with a higher --max-usd",
      { meterText: spent(200) },
      { caps: { totalMicroUsd: 1_000_000, dayMicroUsd: undefined } },
    ],
    // a listener started with caps of its own on its command line
    [
      'ok: at most $3.00 a day, $1.00 spent today (UTC); no cap in all, $1.00 spent; room for 400 tweets today',
      { meterText: spent(200), pulse: { ...ended, spending: { ...ended.spending!, maxUsdPerDay: 3 } } },
      { caps: { totalMicroUsd: 1_000_000, dayMicroUsd: undefined } },
    ],
  ])('says %s', async (line, around, change) =>
    expect(await linesOf('caps', await aLake(), around, change)).toEqual([line]),
  )
})
