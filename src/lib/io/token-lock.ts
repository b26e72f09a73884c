/**
 * One listener for a token on a machine, whoever runs it and whichever lake it fills.
 *
 * X has one connection for an app: two listeners with its token would throw each other out by turns. On Linux the lock is
 * an abstract socket, a name that the kernel gives to one process and takes back when that is gone. It lies in no folder,
 * so a service with a /tmp of its own and a person's shell see the same one; only another network namespace (a container)
 * has names of its own. Who connects is told who holds it. Elsewhere it is a file that everybody can lock, see io/file-lock.
 * The token is hashed, together with the server that it is for, and cannot be read back from the name.
 */
import { createHash } from 'node:crypto'
import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { systemErrorCode, TwdwError } from '../errors.ts'
import { tryLockDescriptor } from './file-lock.ts'
import { holderText } from './holder.ts'
import type { Release } from './lake.ts'

export interface TokenUse {
  /** of the server that the token is for */
  origin: string
  token: string
  /** who locks, for the sentence that a second one gets, such as `twdw listen into /srv/lake` */
  holder: string
  nowMs: number
}

/** A folder that every account can write to. */
const SHARED_FOLDER = '/tmp'
/** A holder that is stopped or very busy takes the call and says nothing. */
const ANSWER_WITHIN_MS = 2_000
/** The holder may end between two looks, and another one begin. */
const MAX_LOOKS = 5
const SILENT = 'a process that does not answer'

/**
 * @returns a function that releases the lock
 * @throws TwdwError E_SOURCE at once, saying who holds it, when somebody does; E_LAKE when there can be no lock
 */
export async function lockToken(use: TokenUse): Promise<Release> {
  const name = `twdw-listen-${hashOf(use)}`
  const sentence = holderText(use.holder, use.nowMs)
  if (process.platform !== 'linux') return lockSharedFile(`${SHARED_FOLDER}/${name}.lock`, sentence)
  for (let look = 0; look < MAX_LOOKS; look++) {
    const taken = await takeName(`\0${name}`, sentence)
    if (typeof taken === 'function') return taken
    // a sandbox without unix sockets
    if (taken !== 'EADDRINUSE') return lockSharedFile(`${SHARED_FOLDER}/${name}.lock`, sentence)
    const holder = await askHolder(`\0${name}`)
    if (holder !== undefined) throw heldBy(holder)
  }
  throw heldBy('processes that come and go')
}

/** Tells tokens apart and tells nothing of them: 128 bits of SHA-256. */
function hashOf({ origin, token }: TokenUse): string {
  return createHash('sha256').update(`twdw listens to ${origin} with ${token}`).digest('hex').slice(0, 32)
}

function heldBy(holder: string): TwdwError {
  return new TwdwError('E_SOURCE', `somebody listens to X with this token already: ${holder}`, {
    hint: 'X gives an app one connection: end that listener, or use the token of another app',
  })
}

/** @returns how to give it back, or the code of what is in the way */
function takeName(name: string, sentence: string): Promise<Release | string> {
  const server = createServer(caller => {
    caller.on('error', () => undefined)
    caller.end(sentence)
  })
  return new Promise(resolve => {
    server.once('error', error => resolve(systemErrorCode(error) ?? error.name))
    server.listen(name, () => {
      server.unref()
      resolve(() => new Promise<void>(released => server.close(() => released())))
    })
  })
}

/** @returns undefined when it is gone */
function askHolder(name: string): Promise<string | undefined> {
  return new Promise(resolve => {
    let said = ''
    const call = connect(name)
    call.setTimeout(ANSWER_WITHIN_MS, () => call.destroy())
    call.setEncoding('utf8').on('data', text => {
      said += text
    })
    let isThere = false
    call.on('connect', () => {
      isThere = true
    })
    call.on('error', () => undefined)
    call.on('close', () => resolve(isThere ? said || SILENT : undefined))
  })
}

/**
 * The same with flock(2), for systems without abstract sockets.
 * @param path in a folder that everybody can write to: what stands there may be anybody's
 */
export function lockSharedFile(path: string, sentence: string): Release {
  const file = openShared(path)
  if (!tryLockDescriptor(file)) {
    const holder = readFileSync(file, 'utf8') || 'a process that has just started'
    closeSync(file)
    throw heldBy(holder)
  }
  ftruncateSync(file, 0)
  writeSync(file, sentence)
  let held = true
  return async () => {
    if (!held) return
    held = false
    ftruncateSync(file, 0)
    closeSync(file)
  }
}

/** Never through a link, whose end would be overwritten; and a kernel may refuse to create what stands already. */
function openShared(path: string): number {
  const { O_RDWR, O_NOFOLLOW, O_CREAT, O_EXCL } = constants
  try {
    try {
      return plainFile(path, openSync(path, O_RDWR | O_NOFOLLOW))
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error
    }
    const file = openSync(path, O_RDWR | O_NOFOLLOW | O_CREAT | O_EXCL, 0o666)
    // for every account, whatever this one's umask
    fchmodSync(file, 0o666)
    return file
  } catch (cause) {
    if (cause instanceof TwdwError) throw cause
    throw noLock(path, systemErrorCode(cause) ?? String(cause), cause)
  }
}

function plainFile(path: string, file: number): number {
  const stats = fstatSync(file)
  if (stats.isFile() && stats.nlink === 1) return file
  closeSync(file)
  throw noLock(path, 'it is no file of its own')
}

function noLock(path: string, why: string, cause?: unknown): TwdwError {
  return new TwdwError('E_LAKE', `the lock file ${path} cannot be used: ${why}`, {
    cause,
    hint: 'remove it, or have the account that owns it remove it',
  })
}
