import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { LineBatch, SessionEvent } from '../../src/lib/io/source/source.ts'
import { Service } from '../../src/lib/listen/service.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { memoryLog } from '../support/memory-log.ts'
import { memoryNotify } from '../support/memory-notify.ts'
import { openNotifySocket } from '../support/notify-socket.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const NOON_MS = Date.parse('2026-09-21T12:00:00Z')
const WATCHDOG_MS = 180_000

function serviceAtNoon(watchdogMs: number | undefined = WATCHDOG_MS) {
  const clock = fixedClock('2026-09-21T12:00:00Z')
  const notify = memoryNotify(watchdogMs)
  const log = memoryLog()
  const service = new Service({ notify, clock, log })
  const at = (seconds: number) => {
    clock.moveTo(new Date(NOON_MS + seconds * 1000).toISOString())
    return clock.nowMs()
  }
  return {
    service,
    notify,
    log,
    at,
    /** `lines` of one batch, 0 for a heartbeat, at so many seconds past noon */
    batch(seconds: number, lines = 0, tweets = 0) {
      service.note(
        { lines: Array(lines).fill(new Uint8Array()), capturedAtMs: at(seconds) } satisfies LineBatch,
        tweets,
      )
    },
    event(seconds: number, about: { event: 'connected' | 'disconnected' } | { waitS: number; isAnswered: boolean }) {
      const atMs = at(seconds)
      const event: SessionEvent =
        'waitS' in about
          ? {
              event: 'waiting',
              atMs,
              untilMs: atMs + about.waitS * 1000,
              because: 'X answered 429',
              isAnswered: about.isAnswered,
            }
          : about.event === 'connected'
            ? { event: 'connected', atMs, rules: [] }
            : { event: 'disconnected', atMs, lastHeardAtMs: atMs, reason: 'nothing arrived for 25 s' }
      service.note(event, 0)
    },
  }
}

describe('a service', () => {
  it('goes on giving signs of life when the clock is put back by an hour', () => {
    const { notify, batch, event } = serviceAtNoon()
    event(0, { event: 'connected' })
    batch(20)
    notify.told()
    const told = Array.from({ length: 9 }, (_, n) => {
      batch(-3_600 + 20 * n)
      return notify.told().some(({ alive }) => alive)
    })
    expect(told[0]).toBe(true)
    expect(told.filter(isAlive => isAlive).length).toBeGreaterThanOrEqual(4)
  })

  it('is ready before its source has answered, and says what it does', () => {
    const { service, notify } = serviceAtNoon()
    service.ready("connecting to X's filtered stream")
    expect(notify.told()).toEqual([{ ready: true, status: "connecting to X's filtered stream" }])
  })

  it('is alive when something arrives, a heartbeat too, and says so every few seconds at the most', () => {
    const { notify, batch, event } = serviceAtNoon()
    event(0, { event: 'connected' })
    for (let second = 0.1; second < 20; second += 0.1) batch(second)
    const alive = notify.told().filter(news => news.alive)
    expect(alive).toHaveLength(4)
    batch(40)
    expect(notify.told()).toMatchObject([{ alive: true }])
  })

  it('is not alive when it is cut off and connects in vain, however often its loop turns', () => {
    const { notify, batch, event } = serviceAtNoon()
    batch(0)
    notify.told()
    event(30, { event: 'disconnected' })
    for (let second = 30; second < 180; second += 16) event(second, { waitS: 16, isAnswered: false })
    expect(notify.told().filter(news => news.alive || news.watchdogMs !== undefined)).toEqual([])
  })

  it('is alive when X answers, even if it answers no', () => {
    const { notify, event } = serviceAtNoon()
    event(0, { waitS: 5, isAnswered: true })
    expect(notify.told()).toMatchObject([{ alive: true, status: 'waiting until 12:00:05Z: X answered 429' }])
  })

  it('has the watchdog wait through a wait that X asked for, and as before once something arrives', () => {
    const { notify, batch, event } = serviceAtNoon()
    batch(0)
    notify.told()
    event(10, { waitS: 900, isAnswered: true })
    expect(notify.told()).toMatchObject([{ alive: true, watchdogMs: 900_000 + WATCHDOG_MS }])
    batch(911)
    expect(notify.told()).toMatchObject([{ alive: true, watchdogMs: WATCHDOG_MS }])
    batch(920)
    expect(notify.told().map(({ watchdogMs }) => watchdogMs)).toEqual([undefined])
  })

  it('stays patient no longer than that one wait when nothing but silence follows it', () => {
    const { notify, event } = serviceAtNoon()
    event(0, { waitS: 900, isAnswered: true })
    notify.told()
    for (const second of [911, 922, 1000]) event(second, { waitS: 200, isAnswered: false })
    expect(notify.told().filter(news => news.alive || news.watchdogMs !== undefined)).toEqual([])
  })

  it('may wait long, before anything was heard, when that is the first thing that it does: a cap is used up', () => {
    const { notify, event } = serviceAtNoon()
    event(0, { waitS: 43_200, isAnswered: false })
    expect(notify.told()).toMatchObject([{ alive: true, watchdogMs: 43_200_000 + WATCHDOG_MS }])
  })

  it('sets no watchdog where the manager has none', () => {
    const clock = fixedClock('2026-09-21T12:00:00Z')
    const notify = memoryNotify()
    const service = new Service({ notify, clock, log: memoryLog() })
    service.note({ event: 'waiting', atMs: NOON_MS, untilMs: NOON_MS + 1e9, because: 'x', isAnswered: true }, 0)
    service.note({ lines: [], capturedAtMs: NOON_MS }, 0)
    expect(notify.told().filter(news => news.alive || news.watchdogMs !== undefined)).toEqual([])
  })

  it('tells how it goes: when it turns, and else every few seconds', () => {
    const { notify, batch, event } = serviceAtNoon()
    event(0, { event: 'connected' })
    for (let second = 1; second <= 120; second++) batch(second, 20, second * 20)
    event(121, { event: 'disconnected' })
    const statuses = notify.told().flatMap(({ status = [] }) => status)
    expect(statuses).toHaveLength(2 + 24)
    expect(statuses[0]).toBe('connected since 12:00:00Z, no tweet yet')
    expect(statuses.at(-2)).toBe('connected since 12:00:00Z, 2,400 tweets, 20/s, last at 12:02:00Z')
    expect(statuses.at(-1)).toBe('not connected since 12:02:01Z: nothing arrived for 25 s')
  })

  it('reckons its rate from the last minute only', () => {
    const { notify, batch } = serviceAtNoon()
    for (let second = 0; second < 60; second++) batch(second, 100, second * 100)
    for (let second = 60; second <= 130; second++) batch(second, 1, 5900 + (second - 59))
    expect(
      notify
        .told()
        .flatMap(({ status = [] }) => status)
        .at(-1),
    ).toBe('connected since 12:00:00Z, 5,971 tweets, 1/s, last at 12:02:10Z')
  })

  it('carries an alarm in its status for as long as it lasts', () => {
    const { service, notify, batch } = serviceAtNoon()
    batch(0)
    service.alarm('X counts at least 380 tweets since 2026-09-21T11:00:00Z, and sent 0')
    batch(5)
    service.alarm(undefined)
    batch(10)
    expect(notify.told().map(({ status }) => status)).toEqual([
      'connected since 12:00:00Z, no tweet yet',
      'connected since 12:00:00Z, no tweet yet; X counts at least 380 tweets since 2026-09-21T11:00:00Z, and sent 0',
      'connected since 12:00:00Z, no tweet yet',
    ])
  })

  it('is alive while reading is paused by choice', () => {
    const { service, notify, at } = serviceAtNoon()
    for (let second = 0; second < 600; second += 1) {
      at(second)
      service.paused('the disk is full')
    }
    const told = notify.told()
    expect(told).toHaveLength(120)
    for (const news of told) expect(news).toEqual({ alive: true, status: 'reading is paused: the disk is full' })
  })

  it('says why it stops, last and once, also when lines still come', () => {
    const { service, notify, batch } = serviceAtNoon()
    batch(0)
    notify.told()
    service.stopping('stopped by a signal')
    service.stopping('stopped by a signal')
    batch(10, 1, 1)
    service.stopping('the disk is full')
    expect(notify.told()).toEqual([
      { stopping: true, status: 'stopping: stopped by a signal' },
      { alive: true },
      { stopping: true, status: 'stopping: the disk is full' },
    ])
  })

  it('tells of a reload and its end', () => {
    const { service, notify } = serviceAtNoon()
    service.reloading()
    service.ready('connected')
    expect(notify.told()).toEqual([{ reloading: true }, { ready: true, status: 'connected' }])
  })

  it('tells again what the manager did not take, and warns once', () => {
    const { service, notify, log, batch } = serviceAtNoon()
    notify.isListening = false
    service.ready('connecting')
    batch(0)
    batch(1)
    notify.isListening = true
    batch(2)
    batch(3)
    expect(notify.told()).toEqual([{ ready: true, alive: true, status: 'connected since 12:00:00Z, no tweet yet' }])
    expect(log.told).toMatchObject([
      {
        level: 'warn',
        sentence: 'the service manager does not take what it is told, and may end this listener for it',
      },
    ])
  })

  it.skipIf(process.platform !== 'linux')('gives no sign of life from an event loop that hangs', () =>
    withTempFolder(async folder => {
      const source = (path: string) => JSON.stringify(join(import.meta.dirname, '../../src/lib', path))
      const script = `
        import { systemClock } from ${source('io/clock.ts')}
        import { openNotify } from ${source('io/notify.ts')}
        import { Service } from ${source('listen/service.ts')}
        const notify = openNotify({ env: process.env })
        const service = new Service({ notify, clock: systemClock, log: { warn() {} } })
        for (let i = 0; i < 20; i++) {
          service.note({ lines: [], capturedAtMs: Date.now() }, 0)
          await systemClock.sleep(20)
        }
        console.log('hangs')
        for (;;) {}
      `
      await writeFile(join(folder, 'hanging.ts'), script)
      const manager = openNotifySocket(join(folder, 'notify'))
      const env = { ...process.env, NOTIFY_SOCKET: join(folder, 'notify'), WATCHDOG_USEC: '80000' }
      const child = spawn(process.execPath, [join(folder, 'hanging.ts')], { env, stdio: ['ignore', 'pipe', 'inherit'] })
      try {
        await once(child.stdout, 'data')
        const before = manager.received().filter(message => message.includes('WATCHDOG=1'))
        await setTimeout(400)
        expect(before.length).toBeGreaterThan(5)
        expect(manager.received()).toEqual([])
        expect(child.exitCode).toBeNull()
      } finally {
        child.kill('SIGKILL')
        manager.close()
      }
    }),
  )
})
