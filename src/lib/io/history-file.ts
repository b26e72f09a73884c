/**
 * What was typed into a shell, kept for the next one: an entry a line, newest last, readable by this user alone.
 *
 * It is a comfort: a home that cannot be written is a warning, once, and never a failure.
 */
import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { TwdwError } from '../errors.ts'
import { diskError, readFileIfThere } from './local-file.ts'
import type { Street } from './street.ts'

export interface HistoryFile {
  /** newest last */
  readonly entries: readonly string[]
  /** Resolves once it is on the disk, or was warned of. */
  add(entry: string): Promise<void>
}

/** `$XDG_STATE_HOME/twdw/history` or `~/.local/state/twdw/history`; undefined for an account without a home. */
export function historyPath({ XDG_STATE_HOME: state, HOME: home }: Street['env']): string | undefined {
  // the XDG specification: a relative path is to be ignored
  if (state !== undefined && isAbsolute(state)) return join(state, 'twdw', 'history')
  return home ? join(home, '.local', 'state', 'twdw', 'history') : undefined
}

/** @param most entries that are kept; a file that has more is cut when it is opened */
export async function openHistory(
  path: string,
  { most, warn }: { most: number; warn(sentence: string): void },
): Promise<HistoryFile> {
  let hasFailed = false
  const orWarn = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      const { message } = error instanceof TwdwError ? error : diskError(`${path} cannot be written`, error)
      if (!hasFailed) warn(`the history of this shell is not kept: ${message}`)
      hasFailed = true
      return undefined
    }
  }
  const entries = (await orWarn(() => readEntries(path))) ?? []
  if (entries.length > most) {
    entries.splice(0, entries.length - most)
    await orWarn(() => replaceEntries(path, entries))
  }
  // one behind the other, in the order in which they were typed
  let written: Promise<unknown> = Promise.resolve()
  return {
    entries,
    async add(entry) {
      if (hasFailed) return
      written = written.then(() => orWarn(() => appendEntry(path, entry)))
      await written
    },
  }
}

async function readEntries(path: string): Promise<string[]> {
  const text = new TextDecoder().decode(await readFileIfThere(path))
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(entryOf)
}

/** Two shells that run at once append in turn; what one of them adds while the other cuts the file may be lost. */
async function replaceEntries(path: string, entries: readonly string[]): Promise<void> {
  const temp = `${path}.${process.pid}`
  await writeFile(temp, entries.map(entry => `${lineOf(entry)}\n`).join(''), { mode: 0o600 })
  await rename(temp, path)
}

async function appendEntry(path: string, entry: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await appendFile(path, `${lineOf(entry)}\n`, { mode: 0o600 })
}

/** An entry on one line: `\n` for a line end, `\\` for a backslash. */
function lineOf(entry: string): string {
  return entry.replace(/[\\\n]/g, found => (found === '\n' ? '\\n' : '\\\\'))
}

function entryOf(line: string): string {
  return line.replace(/\\([\\n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : '\\'))
}
