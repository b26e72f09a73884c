/**
 * Locks that the kernel gives back: flock(2) on a file that says who holds it.
 *
 * A lock dies with its process however that dies, so there is no stale lock to guess about. The file
 * stays when the lock is released; only its holder's line goes.
 */
import { FFIType } from 'bun:ffi'
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemErrorCode, TwdwError } from '../errors.ts'
import { openCLibrary } from './c-library.ts'
import { holderText } from './holder.ts'

const LOCK_EXCLUSIVE = 2
const LOCK_NO_WAIT = 4

type Flock = (fileDescriptor: number, operation: number) => number
let flock: Flock | undefined

/**
 * @param holder who takes it, for the sentence that a second one gets, such as `twdw consolidate`
 * @returns a function that releases the lock
 * @throws TwdwError E_LAKE when somebody holds it, or the file cannot be made
 */
export function lockFile(path: string, holder: string, nowMs: number): () => void {
  const fileDescriptor = openLockFile(path)
  if (!tryLockDescriptor(fileDescriptor)) {
    closeSync(fileDescriptor)
    throw new TwdwError('E_LAKE', `${path} is held by ${readHolder(path)}`, {
      hint: 'wait until it has ended, or stop it',
    })
  }
  ftruncateSync(fileDescriptor, 0)
  tellHolder(fileDescriptor, holderText(holder, nowMs))
  let held = true
  return () => {
    if (!held) return
    held = false
    ftruncateSync(fileDescriptor, 0)
    closeSync(fileDescriptor)
  }
}

/** A full disk takes no word of who holds it, and the lock is held all the same: what is then to be written says what is wrong. */
function tellHolder(fileDescriptor: number, text: string): void {
  try {
    writeSync(fileDescriptor, text)
  } catch (cause) {
    const code = systemErrorCode(cause)
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw cause
  }
}

/**
 * Lock an open file for as long as it stays open.
 * @returns false when somebody else holds it
 */
export function tryLockDescriptor(fileDescriptor: number): boolean {
  return systemFlock()(fileDescriptor, LOCK_EXCLUSIVE | LOCK_NO_WAIT) === 0
}

function openLockFile(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true })
    return openSync(path, 'a+')
  } catch (cause) {
    throw new TwdwError('E_LAKE', `the lock file ${path} cannot be made: ${systemErrorCode(cause)}`, {
      cause,
      hint: 'check that the folder can be written to, or name another one with --state-dir',
    })
  }
}

/** What a lock file says of its holder. */
export function readHolder(path: string): string {
  return readFileSync(path, 'utf8') || 'a process that has just started'
}

function systemFlock(): Flock {
  try {
    flock ??= openCLibrary({ flock: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 } }).flock
    return flock
  } catch (cause) {
    throw new TwdwError('E_LAKE', `this system (${process.platform}) has no flock, which locks need`, {
      cause,
      hint: 'listen, consolidate and forget on Linux or macOS; questions can be asked here',
    })
  }
}
