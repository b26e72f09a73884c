/** The stream for a lake, asked for again and again, with settings that change in between. */
import { describe, expect, it } from 'vitest'
import type { ListenWords } from '../../src/lib/domain/x/rules.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import { systemClock } from '../../src/lib/io/clock.ts'
import type { Lake } from '../../src/lib/io/lake.ts'
import type { SessionEvent } from '../../src/lib/io/source/source.ts'
import { openXRest } from '../../src/lib/io/x/rest.ts'
import { openXStream } from '../../src/lib/io/x/stream.ts'
import { openXEvents } from '../../src/lib/listen/x-events.ts'
import { createMemoryLake } from '../support/memory-lake.ts'
import { memoryLog } from '../support/memory-log.ts'
import { withXDouble, type XDouble } from '../x-double/double.ts'
import { beat } from '../x-double/script.ts'

const ACCESS = { token: 'TEST', userAgent: 'twdw/0.0.0-test' }
const SETTINGS = new TextEncoder().encode('{"format":1,"id":"0a1b2c3d","timeZone":"America/Sao_Paulo"}')
const tags = (...hashtags: string[]): ListenWords => ({ hashtags, keywords: [], rules: [], langs: [] })

interface Run {
  x: XDouble
  log: ReturnType<typeof memoryLog>
  /** from now on the lake cannot be read */
  loseLake(): void
  /** these are wanted from now on */
  reload(words: ListenWords): void
  /** Opens the stream, and ends it with the first event that is meant. */
  until(isLast: (event: SessionEvent) => boolean): Promise<SessionEvent[]>
}

function withRun(work: (run: Run) => Promise<void>): Promise<void> {
  const stream = Array.from({ length: 4 }, () => [beat(10)])
  return withXDouble({ token: ACCESS.token, stream }, async x => {
    const [memory, log] = [createMemoryLake([['twdw.json', SETTINGS]]), memoryLog()]
    let isLost = false
    const read: Lake['read'] = async (...words) => {
      if (isLost) throw new TwdwError('E_LAKE', 'the disk of the lake is gone')
      return memory.read(...words)
    }
    let onReload: () => void = () => undefined
    let current = tags('covid19')
    const timing = { connectTimeoutMs: 2_000, silenceMs: 2_000, maxLineBytes: 100_000, clock: systemClock }
    const open = openXEvents(
      { words: current, query: {}, foreign: false },
      {
        rest: openXRest({ ...ACCESS, origin: x.origin }),
        connect: (signal, query) => openXStream({ ...ACCESS, ...timing, origin: x.origin, query }, signal),
        clock: systemClock,
        log,
        random: () => 0,
        lake: { ...memory, read },
        onReload: listener => {
          onReload = listener
        },
        readWords: async () => current,
      },
    )
    await work({
      x,
      log,
      loseLake() {
        isLost = true
      },
      reload(words) {
        current = words
        onReload()
      },
      async until(isLast) {
        const stop = new AbortController()
        const events: SessionEvent[] = []
        for await (const element of open(stop.signal)) {
          if (!('event' in element)) continue
          events.push(element)
          if (isLast(element)) stop.abort()
        }
        return events
      },
    })
  })
}

const ruleTexts = (x: XDouble) => x.rules.map(({ value }) => value)

describe('the stream for a lake', () => {
  it('keeps to new settings when it is asked for again, after the rest of a day or a silence', () =>
    withRun(async ({ x, log, reload, until }) => {
      await until(({ event }) => {
        if (event === 'connected') reload(tags('vacina'))
        return event === 'ruled'
      })
      expect(ruleTexts(x)).toEqual(['#vacina'])
      const [connected] = await until(({ event }) => event === 'connected')
      expect(connected).toMatchObject({ event: 'connected', rules: [{ name: 'vacina' }] })
      expect(ruleTexts(x)).toEqual(['#vacina'])
      expect(log.sentences().filter(sentence => /added|removed/.test(sentence))).toEqual([
        'rules at X: added #covid19',
        'rules at X: added #vacina; removed #covid19',
      ])
    }))

  it('reads settings again whose reading was cut off, when it is asked for again', () =>
    withRun(async ({ x, reload, until }) => {
      await until(({ event }) => {
        if (event !== 'connected') return false
        reload(tags('vacina'))
        return true
      })
      await until(({ event }) => event === 'ruled' || (event === 'connected' && ruleTexts(x).join() === '#vacina'))
      expect(ruleTexts(x)).toEqual(['#vacina'])
    }))

  it('reads settings again, and begins again, while the lake is away', () =>
    withRun(async ({ x, loseLake, reload, until }) => {
      await until(({ event }) => {
        if (event === 'connected') {
          loseLake()
          reload(tags('vacina'))
        }
        return event === 'ruled'
      })
      await until(({ event }) => event === 'connected')
      expect(ruleTexts(x)).toEqual(['#vacina'])
    }))
})
