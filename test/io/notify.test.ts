import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openNotify } from '../../src/lib/io/notify.ts'
import { openNotifySocket } from '../support/notify-socket.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const isLinux = process.platform === 'linux'
const onLinux = it.skipIf(!isLinux)
const notifyAt = (socket: string, more: Record<string, string> = {}) =>
  openNotify({ env: { NOTIFY_SOCKET: socket, ...more } })

describe('notifications', () => {
  onLinux('arrive at a socket with a path, one message each, in systemd’s words', () =>
    withTempFolder(async folder => {
      const path = join(folder, 'notify')
      const manager = openNotifySocket(path)
      const notify = notifyAt(path)
      expect(notify?.send({ ready: true, status: 'connecting to X' })).toBe(true)
      expect(notify?.send({ alive: true })).toBe(true)
      expect(notify?.send({ watchdogMs: 900_500, alive: true, status: 'waiting' })).toBe(true)
      expect(notify?.send({ stopping: true })).toBe(true)
      expect(manager.received()).toEqual([
        'READY=1\nSTATUS=connecting to X',
        'WATCHDOG=1',
        'WATCHDOG_USEC=900500000\nWATCHDOG=1\nSTATUS=waiting',
        'STOPPING=1',
      ])
      manager.close()
    }),
  )

  onLinux('arrive at a socket in the abstract namespace', () => {
    const name = `@twdw-test-${process.pid}`
    const manager = openNotifySocket(name)
    expect(notifyAt(name)?.send({ ready: true })).toBe(true)
    expect(manager.received()).toEqual(['READY=1'])
    manager.close()
  })

  onLinux('tell of a reload with the time since the machine was started, which tells it from later ones', () => {
    const name = `@twdw-test-reload-${process.pid}`
    const manager = openNotifySocket(name)
    const uptimeUs = () => Number(spawnSync('cut', ['-d ', '-f1', '/proc/uptime'], { encoding: 'utf8' }).stdout) * 1e6
    const beforeUs = uptimeUs()
    notifyAt(name)?.send({ reloading: true })
    const [message = ''] = manager.received()
    const [, atUs] = /^RELOADING=1\nMONOTONIC_USEC=(\d+)$/.exec(message) ?? []
    // a suspended machine counts on in /proc/uptime only; the other way round the two never differ
    expect(Number(atUs)).toBeGreaterThan(0)
    expect(Number(atUs)).toBeLessThanOrEqual(uptimeUs() + 10_000)
    expect(Number(atUs)).toBeGreaterThan(beforeUs / 2)
    manager.close()
  })

  onLinux('keep a status to one line of whole characters, whatever is in it', () => {
    const name = `@twdw-test-status-${process.pid}`
    const manager = openNotifySocket(name)
    notifyAt(name)?.send({ status: 'refused:\n\tSTOPPING=1\u0007 ação 🧪' })
    notifyAt(name)?.send({ status: `${'x'.repeat(499)}🧪 and more` })
    expect(manager.received()).toEqual(['STATUS=refused: STOPPING=1 ação 🧪', `STATUS=${'x'.repeat(499)}\ufffd`])
    manager.close()
  })

  onLinux('never wait: a manager that does not read gets no more than its socket holds', () => {
    const name = `@twdw-test-full-${process.pid}`
    const manager = openNotifySocket(name)
    const notify = notifyAt(name)
    let taken = 0
    while (notify?.send({ alive: true }) && taken < 100_000) taken++
    expect(taken).toBeGreaterThan(0)
    expect(taken).toBeLessThan(100_000)
    expect(manager.received()).toHaveLength(taken)
    expect(notify?.send({ alive: true })).toBe(true)
    manager.close()
  })

  onLinux('are not taken, and nothing else, where the manager is gone or was never there', () =>
    withTempFolder(async folder => {
      const path = join(folder, 'notify')
      expect(notifyAt(path)?.send({ ready: true })).toBe(false)
      openNotifySocket(path).close()
      expect(notifyAt(path)?.send({ ready: true })).toBe(false)
      for (const address of [`/${'x'.repeat(200)}`, 'vsock:2:1234', '@', '/']) {
        expect(notifyAt(address)?.send({ ready: true })).toBe(false)
      }
    }),
  )

  it('go nowhere where no manager listens', () => {
    expect(openNotify({ env: {} })).toBeUndefined()
    expect(openNotify({ env: { NOTIFY_SOCKET: '' } })).toBeUndefined()
  })

  it('are no child’s business: the variables go from the environment that children get', () => {
    process.env.NOTIFY_SOCKET = '/run/systemd/notify'
    process.env.WATCHDOG_USEC = '180000000'
    process.env.WATCHDOG_PID = String(process.pid)
    expect(openNotify({ env: { ...process.env } })?.watchdogMs).toBe(180_000)
    const { stdout } = spawnSync('env', { encoding: 'utf8' })
    expect(stdout).not.toMatch(/^(NOTIFY_SOCKET|WATCHDOG_)/m)
  })

  it('know of a watchdog only where it watches this process', () => {
    const watchdogMs = (more: Record<string, string>) => notifyAt('@nobody', more)?.watchdogMs
    expect(watchdogMs({ WATCHDOG_USEC: '3000000' })).toBe(3000)
    expect(watchdogMs({ WATCHDOG_USEC: '3000000', WATCHDOG_PID: String(process.pid) })).toBe(3000)
    expect(watchdogMs({ WATCHDOG_USEC: '3000000', WATCHDOG_PID: '1' })).toBeUndefined()
    expect(watchdogMs({})).toBeUndefined()
    for (const none of ['0', '', 'soon', '-1']) expect(watchdogMs({ WATCHDOG_USEC: none })).toBeUndefined()
  })
})
