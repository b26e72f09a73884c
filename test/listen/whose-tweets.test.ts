/** Tweets by the rules that they matched, from the double's socket to layer1: whose they are, and what they are called. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../src/lib/domain/session.ts'
import type { ListenWords } from '../../src/lib/domain/x/rules.ts'
import { systemClock } from '../../src/lib/io/clock.ts'
import { openJournal, type SegmentHeader } from '../../src/lib/io/journal.ts'
import { openStateFile } from '../../src/lib/io/state-file.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { openXRest } from '../../src/lib/io/x/rest.ts'
import { openXStream } from '../../src/lib/io/x/stream.ts'
import { type ListenReport, listen } from '../../src/lib/listen/listen.ts'
import { liveTweetsByHour, readLiveSegments } from '../../src/lib/listen/live.ts'
import { openXEvents } from '../../src/lib/listen/x-events.ts'
import { makersOf } from '../support/makers.ts'
import { createMemoryLake, type MemoryLake } from '../support/memory-lake.ts'
import { memoryLog } from '../support/memory-log.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { withXDouble, type XDouble, type XDoubleOptions } from '../x-double/double.ts'
import { type StreamLine, streamLine } from '../x-double/lines.ts'
import { beat, type Step, send } from '../x-double/script.ts'

const ACCESS = { token: 'TEST', userAgent: 'twdw/0.0.0-test' }
const OURS = 'twdw:memory-0a1b2c3d:'
const FIRST = '1950000000000000001'
const SECOND = '1950000000000000002'
const plan = {
  source: 'stream' as const,
  tags: ['covid19'],
  forMs: undefined,
  sealAfterMs: 60_000,
  timeZone: undefined,
}

const words = (about: Partial<ListenWords> = {}): ListenWords => ({
  hashtags: ['covid19'],
  keywords: [],
  rules: [],
  langs: [],
  ...about,
})

interface Run {
  lake: MemoryLake
  journal: ReturnType<typeof openJournal>
  log: ReturnType<typeof memoryLog>
  x: XDouble
  /** as SIGHUP does: these words are wanted from now on */
  reload(words: ListenWords): void
  /** until so many tweets are safe */
  listen(tweets: number): Promise<ListenReport>
  /** what a listener does before it asks X for anything */
  recover(): Promise<void>
}

interface About extends Partial<XDoubleOptions> {
  words?: ListenWords
  foreign?: boolean
}

/** A lake, a journal and an X. */
function withRun(about: About, work: (run: Run) => Promise<void>): Promise<void> {
  const { words: wanted = words(), foreign = false, ...double } = about
  return withTempFolder(folder =>
    withXDouble({ token: ACCESS.token, ...double }, async x => {
      const lake = createMemoryLake()
      const log = memoryLog()
      const journal = openJournal(join(folder, 'journal'), systemClock)
      let reload: () => void = () => undefined
      let current = wanted
      const timing = { connectTimeoutMs: 2_000, silenceMs: 2_000, maxLineBytes: 100_000, clock: systemClock }
      const open = openXEvents(
        { words: wanted, query: {}, foreign },
        {
          rest: openXRest({ ...ACCESS, origin: x.origin }),
          connect: (signal, query) => openXStream({ ...ACCESS, ...timing, origin: x.origin, query }, signal),
          clock: systemClock,
          log,
          random: () => 0,
          lake,
          onReload: listener => {
            reload = listener
          },
          readWords: async () => current,
        },
      )
      const meter = openStateFile(join(folder, 'spend.json'), systemClock)
      const ports = {
        lake,
        makers: makersOf(openTables(lake)),
        journal,
        leftBehind: journal,
        meter,
        clock: systemClock,
        log,
        newId: () => '0a1b2c3d',
        open,
      }
      await work({
        lake,
        journal,
        log,
        x,
        reload(next) {
          current = next
          reload()
        },
        async listen(tweets) {
          const stop = new AbortController()
          const listening = listen({ ...plan, maxTweets: undefined, caps: undefined }, ports, stop.signal)
          const isSafe = () => tweetsIn(journal, lake).then(count => count >= tweets)
          await Promise.race([expect.poll(isSafe, { timeout: 10_000 }).toBe(true), listening])
          stop.abort()
          return listening
        },
        async recover() {
          const caps = { totalMicroUsd: 1, dayMicroUsd: undefined }
          const listening = listen({ ...plan, maxTweets: undefined, caps }, ports, new AbortController().signal)
          await expect(listening).rejects.toMatchObject({ code: 'E_CAP' })
        },
      })
    }),
  )
}

/** Tweets of the journal and of the lake, each once, though it may be in both for a moment. */
async function tweetsIn(journal: Run['journal'], lake: MemoryLake): Promise<number> {
  const names = await journal.list()
  const segments = await Promise.all(names.map(name => journal.read(name)))
  const lines = segments.flatMap(segment => segment?.records ?? []).map(({ bytes }) => new TextDecoder().decode(bytes))
  const texts = lines.map(line => (JSON.parse(line) as StreamLine).data.text)
  return new Set([...texts, ...(await stored(lake)).map(([text]) => text)]).size
}

/** Text and rules of what is stored, in the order of the texts. */
async function stored(lake: MemoryLake): Promise<[string, string[]][]> {
  const tables = openTables(lake)
  const files = await lake.list('layer1/tweets/')
  const read = await Promise.all(files.map(({ path }) => tables.read(path, ['text', 'rules'])))
  const rows = read
    .flatMap(table => [...(table ?? [])])
    .map(row => [String(row?.text), [...(row?.rules ?? [])].map(String)])
  return (rows as [string, string[]][]).sort(([a], [b]) => (a < b ? -1 : 1))
}

async function sessions(lake: MemoryLake): Promise<SessionRecord[]> {
  const files = await lake.list('layer1/sessions/')
  const texts = await Promise.all(files.map(async ({ path }) => new TextDecoder().decode(await lake.read(path))))
  return texts.map(text => JSON.parse(text)).sort((a, b) => (a.from < b.from ? -1 : 1))
}

const tweet = (n: number, rules: StreamLine['matching_rules'], hashtags = ['Covid19']) =>
  streamLine(n, { text: `tweet ${n}`, hashtags, rules })

const STRANGER = { id: '7', value: 'cats', tag: 'somebody' }
const talk = (...lines: StreamLine[]): Step[] => [...lines.map(line => send(line)), beat(10)]

describe('tweets of other programs’ rules', () => {
  const lines = [
    tweet(1, [{ id: FIRST, tag: `${OURS}covid19` }]),
    tweet(2, [STRANGER], ['cats']),
    tweet(3, [STRANGER, { id: FIRST, tag: `${OURS}covid19` }]),
    tweet(4, [{ id: '8' }], ['cats']),
    tweet(5, [{ id: '9', tag: 'twdw:another-00000000:covid19' }]),
    // X goes on for some seconds with a rule that is gone
    tweet(6, [{ id: '10', tag: `${OURS}old` }]),
    { ...tweet(7, []), matching_rules: [] },
  ]
  const stream = [talk(...lines)]

  it('are billed and counted, and not stored', () =>
    withRun({ rules: [STRANGER], stream }, async run => {
      const report = await run.listen(lines.length)
      expect(report).toMatchObject({ tweets: 4, foreign: 3, rejected: 0, lines: 7, spent: { totalUsd: 0.035 } })
      expect(await stored(run.lake)).toEqual([
        ['tweet 1', ['covid19']],
        ['tweet 3', ['somebody', 'covid19']],
        ['tweet 6', ['old']],
        ['tweet 7', ['covid19']],
      ])
      expect(await sessions(run.lake)).toMatchObject([{ tweets: 4, foreign: 3, lines: 7 }])
      const warnings = run.log.told.filter(({ level }) => level === 'warn')
      expect(warnings.map(({ sentence }) => sentence)).toEqual([
        expect.stringMatching(
          /^\d tweets? that only rules of other programs matched (was|were) billed and not stored; --foreign stores them$/,
        ),
      ])
    }))

  it('are stored with --foreign', () =>
    withRun({ rules: [STRANGER], stream, foreign: true }, async run => {
      expect(await run.listen(lines.length)).toMatchObject({ tweets: 7, foreign: 0, spent: { totalUsd: 0.035 } })
      expect((await stored(run.lake)).map(([, rules]) => rules)).toEqual([
        ['covid19'],
        ['somebody'],
        ['somebody', 'covid19'],
        [],
        ['covid19'],
        ['old'],
        ['covid19'],
      ])
      expect(await sessions(run.lake)).toMatchObject([{ tweets: 7 }])
      expect((await sessions(run.lake))[0]).not.toHaveProperty('foreign')
    }))

  it('are not foreign where a stranger’s rule was adopted', () => {
    const adopted = { id: '7', value: '#covid19', tag: 'somebody' }
    return withRun({ rules: [adopted], stream: [talk(tweet(1, [adopted]))] }, async run => {
      expect(await run.listen(1)).toMatchObject({ tweets: 1, foreign: 0 })
      expect(await stored(run.lake)).toEqual([['tweet 1', ['covid19']]])
    })
  })

  describe('in a journal that was left behind', () => {
    const header: SegmentHeader = { source: 'stream', session: 's', tags: ['covid19'], ruleNames: {} }
    const leave = async ({ journal }: Run, about: Partial<SegmentHeader>) => {
      const segment = await journal.begin({ ...header, ...about })
      const bytes = lines.map(line => new TextEncoder().encode(JSON.stringify(line)))
      await segment.append({ lines: bytes, capturedAtMs: Date.parse('2026-09-21T11:00:00Z') })
      await segment.close()
      return segment.name
    }

    it('are told apart by what its header says, whatever is listened to now', () =>
      withRun({ stream: [[beat(10)]], foreign: true }, async run => {
        const name = await leave(run, { ruleNames: { [FIRST]: 'covid19' }, ownTags: OURS })
        const live = liveTweetsByHour(await readLiveSegments(run.journal))
        expect([...live.values()].flat().map(table => table.numRows)).toEqual([4])
        await run.recover()
        expect((await stored(run.lake)).map(([text]) => text)).toEqual(['tweet 1', 'tweet 3', 'tweet 6', 'tweet 7'])
        expect(run.log.told[0]).toMatchObject({
          sentence: `recovered 4 tweets and 0 rejected lines of segment ${name}; 3 tweets that only rules of other programs matched were billed and not stored; --foreign stores them`,
          fields: { tweets: 4, foreign: 3 },
        })
      }))

    it('are all stored from a journal that says nothing of them, as older versions wrote it', () =>
      withRun({ stream: [[beat(10)]] }, async run => {
        await leave(run, { ruleNames: { [FIRST]: 'covid19' } })
        await run.recover()
        expect(await stored(run.lake)).toHaveLength(7)
      }))

    it('are named by what was in a pack then', () =>
      withRun({ stream: [[beat(10)]] }, async run => {
        const pack = { pack: 'pack:1f3a9c2e', hashtags: ['covid19', 'vacina'] }
        await leave(run, { ruleNames: { [FIRST]: pack }, ownTags: OURS })
        await run.recover()
        expect((await stored(run.lake))[0]).toEqual(['tweet 1', ['covid19']])
      }))
  })
})

describe('tweets of hashtags that share rules', () => {
  it('carry those of the pack that they have, and the pack’s name where they have none', () => {
    const tag = `${OURS}pack:11111111`
    const stream = [
      talk(
        tweet(1, [{ id: FIRST, tag }], ['VACINA', 'x']),
        tweet(2, [{ id: FIRST, tag }], ['covid19', 'Vacina']),
        tweet(3, [{ id: FIRST, tag }], ['x']),
      ),
    ]
    const about = { words: words({ hashtags: ['covid19', 'vacina', 'teste'] }), maxRules: 2, rules: [STRANGER], stream }
    return withRun(about, async run => {
      expect(await run.listen(3)).toMatchObject({ tweets: 3, foreign: 0 })
      const [, pack] = run.x.rules
      expect(pack).toMatchObject({ id: FIRST, value: '#covid19 OR #teste OR #vacina' })
      expect(await stored(run.lake)).toEqual([
        ['tweet 1', ['vacina']],
        ['tweet 2', ['covid19', 'vacina']],
        ['tweet 3', [pack?.tag?.slice(OURS.length)]],
      ])
      expect(await sessions(run.lake)).toMatchObject([{ tags: ['covid19', 'teste', 'vacina'] }])
    })
  })
})

describe('rules that change beside the stream', () => {
  it('end the record and the segment of the old ones, and begin those of the new ones at the same moment', () => {
    let goOn: () => void = () => undefined
    const isReloaded = new Promise<void>(resolve => {
      goOn = resolve
    })
    const stream: Step[][] = [
      [
        send(tweet(1, [{ id: FIRST, tag: `${OURS}covid19` }])),
        { until: isReloaded },
        // an id that another rule has now would be another name
        send(tweet(2, [{ id: SECOND, tag: 'renamed by somebody' }], ['vacina'])),
        beat(10),
      ],
    ]
    return withRun({ stream }, async run => {
      const listening = run.listen(2)
      await expect.poll(() => run.log.sentences(), { timeout: 5_000 }).toContain('connected to X')
      await expect.poll(async () => (await readLiveSegments(run.journal)).length, { timeout: 5_000 }).toBe(1)
      run.reload(words({ hashtags: ['vacina'] }))
      await expect
        .poll(() => run.log.sentences().at(-1), { timeout: 5_000 })
        .toBe('rules at X: added #vacina; removed #covid19')
      goOn()
      expect(await listening).toMatchObject({ tweets: 2, sessions: 1, segments: 2 })
      expect(await stored(run.lake)).toEqual([
        ['tweet 1', ['covid19']],
        ['tweet 2', ['vacina']],
      ])
      const [before, after, ...more] = await sessions(run.lake)
      expect(more).toEqual([])
      expect(before).toMatchObject({ tags: ['covid19'], tweets: 1, ended: 'the rules were changed' })
      expect(after).toMatchObject({ tags: ['vacina'], tweets: 1 })
      expect(after?.from).toBe(before?.to)
      expect(run.x.connections).toHaveLength(1)
    })
  })
})
