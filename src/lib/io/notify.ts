/**
 * What a service tells the manager that runs it: systemd's notification protocol, datagrams to a unix socket.
 *
 * The runtime knows no unix datagrams, so the C library sends them. Nothing here waits or throws: a manager that is gone,
 * or does not read, must not hold up the work that it watches.
 */
import { FFIType } from 'bun:ffi'
import { openCLibrary } from './c-library.ts'
import type { Street } from './street.ts'

/** What there is to tell; all of it goes in one message. */
export interface ServiceNews {
  /** the work has begun, or goes on after `reloading` */
  ready?: true
  /** settings are being read again; `ready` ends it */
  reloading?: true
  /** the work is being put in order before the end */
  stopping?: true
  /** a sign of life, which the watchdog waits for */
  alive?: true
  /** from now on the watchdog waits so long for each sign of life, for this one too */
  watchdogMs?: number
  /** one line for whoever asks how it goes */
  status?: string
}

export interface Notify {
  /** how long the manager waits for a sign of life; undefined: for ever */
  readonly watchdogMs: number | undefined
  /** @returns false when the message was not taken */
  send(news: ServiceNews): boolean
}

/** Set by the manager, and meant for this process alone. */
const VARIABLES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const

/** @returns undefined where no manager listens. Children of this process are not told of it */
export function openNotify({ env }: Pick<Street, 'env'>): Notify | undefined {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: watchdogUs, WATCHDOG_PID: watchedPid = String(process.pid) } = env
  for (const name of VARIABLES) delete process.env[name]
  if (!socket) return undefined
  const isWatched = /^[1-9]\d*$/.test(watchdogUs ?? '') && watchedPid === String(process.pid)
  const mailbox = openMailbox(socket)
  return {
    watchdogMs: isWatched ? Number(watchdogUs) / 1000 : undefined,
    send: news => mailbox?.post(messageOf(news, mailbox.monotonicUs)) ?? false,
  }
}

/** A message is one datagram of at most a page, of which a line may take this much. */
const MAX_STATUS_CHARS = 500

function messageOf(news: ServiceNews, monotonicUs: () => bigint): string {
  return [
    // systemd must be able to tell this reload from one that was asked for later
    ...(news.reloading ? ['RELOADING=1', `MONOTONIC_USEC=${monotonicUs()}`] : []),
    ...(news.ready ? ['READY=1'] : []),
    ...(news.stopping ? ['STOPPING=1'] : []),
    ...(news.watchdogMs === undefined ? [] : [`WATCHDOG_USEC=${Math.round(news.watchdogMs * 1000)}`]),
    ...(news.alive ? ['WATCHDOG=1'] : []),
    // a line end would begin another assignment
    ...(news.status === undefined
      ? []
      : [
          `STATUS=${news.status
            .slice(0, MAX_STATUS_CHARS)
            .toWellFormed()
            .replace(/[\s\p{Cc}]+/gu, ' ')}`,
        ]),
  ].join('\n')
}

interface Mailbox {
  /** @returns false when it is full, gone or none */
  post(message: string): boolean
  /** microseconds since the machine was started; the runtime's own counter begins with the process */
  monotonicUs(): bigint
}

/** Linux's numbers, the same on all processors that the runtime exists for. */
const AF_UNIX = 1
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 0o2 | 0o4000 | 0o2000000
const MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000
const CLOCK_MONOTONIC = 1
const MAX_PATH_BYTES = 107

const { i32, i64_fast, pointer, u32, u64_fast } = FFIType

const FUNCTIONS = {
  socket: { args: [i32, i32, i32], returns: i32 },
  sendto: { args: [i32, pointer, u64_fast, i32, pointer, u32], returns: i64_fast },
  clock_gettime: { args: [i32, pointer], returns: i32 },
} as const

/** @param address a path, or `@` and a name in the abstract namespace. @returns undefined where it cannot be written to */
function openMailbox(address: string): Mailbox | undefined {
  const to = socketAddress(address)
  const c = process.platform === 'linux' ? openIfThere() : undefined
  if (to === undefined || c === undefined) return undefined
  const socket = c.socket(AF_UNIX, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0)
  return {
    post(message) {
      const bytes = Buffer.from(message)
      // to an address rather than connected: the socket outlives a manager that is started anew
      const sent = c.sendto(socket, bytes, bytes.length, MSG_DONTWAIT_NOSIGNAL, to, to.length)
      return Number(sent) === bytes.length
    },
    monotonicUs() {
      const time = new BigInt64Array(2)
      c.clock_gettime(CLOCK_MONOTONIC, time)
      const [seconds = 0n, nanoseconds = 0n] = time
      return seconds * 1_000_000n + nanoseconds / 1000n
    },
  }
}

function openIfThere() {
  try {
    return openCLibrary(FUNCTIONS)
  } catch {
    return undefined
  }
}

/** A `sockaddr_un`. A name in the abstract namespace begins with a NUL and ends where the address does. */
function socketAddress(address: string): Buffer | undefined {
  if (!/^[/@]./s.test(address)) return undefined
  const path = Buffer.from(address.startsWith('@') ? `\0${address.slice(1)}` : `${address}\0`)
  if (path.length > MAX_PATH_BYTES + 1) return undefined
  const family = Buffer.alloc(2)
  new Uint16Array(family.buffer, family.byteOffset, 1)[0] = AF_UNIX
  return Buffer.concat([family, path])
}
