/**
 * A program of its own: `bun kill-at-call.ts FOLDER N COMMAND…` runs the command under ptrace(2) and kills it, all threads at
 * once, when it is about to do its Nth call to the kernel that changes files below the folder. The call is not done.
 * With N = 0 it lets the command live. It prints one JSON object, `Life`.
 *
 * An executable is killed here in places that no test hook could name, and the executable knows nothing of it.
 */

import { FFIType } from 'bun:ffi'
import { spawn } from 'node:child_process'
import { closeSync, openSync, readlinkSync, readSync } from 'node:fs'
import { resolve } from 'node:path'
import { openCLibrary } from '../../src/lib/io/c-library.ts'

/** How the command fared. */
export interface Life {
  /** calls that changed files below the folder, in order, such as `rename …`; the last was not done if it was killed */
  calls: string[]
  /** exit status; null when it was killed */
  status: number | null
}

/** Which argument of a call is a file descriptor, and which are paths; `flags` is where `openat` says whether it makes a file. */
interface Call {
  x64: number | undefined
  arm64: number | undefined
  descriptor?: number
  paths?: readonly number[]
  flags?: number
}

/** All calls that change a file, a folder or what is locked, as far as programs of today use them. */
const CALLS: Record<string, Call> = {
  write: { x64: 1, arm64: 64, descriptor: 0 },
  pwrite64: { x64: 18, arm64: 68, descriptor: 0 },
  writev: { x64: 20, arm64: 66, descriptor: 0 },
  pwritev: { x64: 296, arm64: 70, descriptor: 0 },
  pwritev2: { x64: 328, arm64: 287, descriptor: 0 },
  sendfile: { x64: 40, arm64: 71, descriptor: 0 },
  copy_file_range: { x64: 326, arm64: 285, descriptor: 2 },
  open: { x64: 2, arm64: undefined, paths: [0], flags: 1 },
  creat: { x64: 85, arm64: undefined, paths: [0] },
  openat: { x64: 257, arm64: 56, paths: [1], flags: 2 },
  truncate: { x64: 76, arm64: 45, paths: [0] },
  ftruncate: { x64: 77, arm64: 46, descriptor: 0 },
  fallocate: { x64: 285, arm64: 47, descriptor: 0 },
  fsync: { x64: 74, arm64: 82, descriptor: 0 },
  fdatasync: { x64: 75, arm64: 83, descriptor: 0 },
  flock: { x64: 73, arm64: 32, descriptor: 0 },
  fchmod: { x64: 91, arm64: 52, descriptor: 0 },
  mkdir: { x64: 83, arm64: undefined, paths: [0] },
  mkdirat: { x64: 258, arm64: 34, paths: [1] },
  rmdir: { x64: 84, arm64: undefined, paths: [0] },
  unlink: { x64: 87, arm64: undefined, paths: [0] },
  unlinkat: { x64: 263, arm64: 35, paths: [1] },
  link: { x64: 86, arm64: undefined, paths: [0, 1] },
  linkat: { x64: 265, arm64: 37, paths: [1, 3] },
  rename: { x64: 82, arm64: undefined, paths: [0, 1] },
  renameat: { x64: 264, arm64: 38, paths: [1, 3] },
  renameat2: { x64: 316, arm64: 276, paths: [1, 3] },
}
const O_CREAT = 0o100
const O_TRUNC = 0o1000

const NAMES = new Map(
  Object.entries(CALLS).flatMap(([name, call]) => {
    const number = process.arch === 'arm64' ? call.arm64 : call.x64
    return number === undefined ? [] : [[number, name] as const]
  }),
)

/** Requests of ptrace(2), and what waitpid(2) says of a stop. */
const SEIZE = 0x4206
const GO_ON_TO_CALL = 24
const GET_CALL = 0x420e
// stops at calls are told apart from signals, threads and children are traced too, and nothing outlives this program
const OPTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x100000
const STOP_AT_CALL = 5 | 0x80
const ALL_THREADS = 0x40000000
const ALSO_STOPPED = 2
const BEFORE_CALL = 1
const SIGTRAP = 5
const SIGSTOP = 19
const SIGCONT = 18

const { ptrace, waitpid } = openCLibrary({
  ptrace: { args: [FFIType.i64, FFIType.i32, FFIType.i64, FFIType.ptr], returns: FFIType.i64 },
  waitpid: { args: [FFIType.i32, FFIType.ptr, FFIType.i32], returns: FFIType.i32 },
})

const status = new Int32Array(1)
/** struct ptrace_syscall_info: which kind of stop in the first byte, the call's number at 24, its arguments from 32 */
const info = new DataView(new ArrayBuffer(88))

/** @returns the calls below `folder`, and the exit status */
function watch(folder: string, fatal: number, command: readonly string[]): Life {
  // it stops itself, so that it can be traced before the command begins
  const child = spawn('sh', ['-c', 'kill -STOP $$; exec "$0" "$@"', ...command], { stdio: ['ignore', 2, 2] })
  const pid = child.pid
  if (pid === undefined) throw new Error(`${command[0]} cannot be started`)
  waitpid(pid, status, ALSO_STOPPED)
  if (Number(ptrace(SEIZE, pid, 0, OPTIONS as never)) !== 0)
    throw new Error('this system does not let a child be traced')
  process.kill(pid, 'SIGCONT')
  const calls: string[] = []
  let isKilled = false
  for (;;) {
    const thread = waitpid(-1, status, ALL_THREADS)
    const how = status[0]!
    if (thread < 0) throw new Error(`process ${pid} is gone, and nothing told of its end`)
    const isStopped = (how & 0xff) === 0x7f
    if (!isStopped) {
      if (thread !== pid) continue
      return { calls, status: (how & 0x7f) === 0 ? (how >> 8) & 0xff : null }
    }
    const signal = (how >> 8) & 0xff
    const isCall = signal === STOP_AT_CALL
    const call = isCall && !isKilled ? callOf(thread, folder) : undefined
    if (call !== undefined && calls.push(call) === fatal) {
      isKilled = true
      process.kill(pid, 'SIGKILL')
    }
    // a signal for the command is handed on; those that tracing makes are not
    const isOurs = isCall || how >> 16 !== 0 || signal === SIGTRAP || signal === SIGSTOP || signal === SIGCONT
    ptrace(GO_ON_TO_CALL, thread, 0, (isOurs ? 0 : signal) as never)
  }
}

/** The call that a thread is about to do, if it changes something below the folder. */
function callOf(thread: number, folder: string): string | undefined {
  ptrace(GET_CALL, thread, info.byteLength, info as never)
  if (info.getUint8(0) !== BEFORE_CALL) return undefined
  const name = NAMES.get(Number(info.getBigUint64(24, true)))
  if (name === undefined) return undefined
  const call = CALLS[name] as Call
  const argument = (n: number) => info.getBigUint64(32 + 8 * n, true)
  if (call.flags !== undefined && (Number(argument(call.flags)) & (O_CREAT | O_TRUNC)) === 0) return undefined
  const touched =
    call.descriptor !== undefined
      ? [linkOf(`/proc/${thread}/fd/${BigInt.asIntN(32, argument(call.descriptor))}`)]
      : (call.paths ?? []).map(n => resolve(linkOf(`/proc/${thread}/cwd`), textAt(thread, argument(n))))
  const below = touched.filter(path => path === folder || path.startsWith(`${folder}/`))
  return below.length === 0 ? undefined : `${name} ${below.map(path => path.slice(folder.length)).join(' → ')}`
}

/** Empty for a descriptor that is no file. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

/** The text that ends with a NUL byte at an address of a stopped thread. */
function textAt(thread: number, address: bigint): string {
  const memory = openSync(`/proc/${thread}/mem`, 'r')
  try {
    const bytes = Buffer.alloc(4096)
    // what can be read may end before the buffer does, at the end of a page
    const pageLeft = 4096 - Number(address % 4096n)
    let length = readSync(memory, bytes, 0, pageLeft, address)
    if (length < 4096 && !bytes.subarray(0, length).includes(0))
      length += readSync(memory, bytes, length, 4096 - length, address + BigInt(length))
    return bytes.toString('utf8', 0, bytes.indexOf(0))
  } finally {
    closeSync(memory)
  }
}

const [folder, fatal, ...command] = process.argv.slice(2)
if (folder === undefined || fatal === undefined || command.length === 0)
  throw new Error('usage: bun kill-at-call.ts FOLDER N COMMAND…')
process.stdout.write(`${JSON.stringify(watch(folder, Number(fatal), command))}\n`)
process.exit(0)
