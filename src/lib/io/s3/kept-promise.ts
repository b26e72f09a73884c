/** A store was tried out and kept its promise: noted in the cache of this user, so that not every run has to try. */
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface KeptPromise {
  /** Lately enough. Never rejects. */
  isKept(): Promise<boolean>
  /** Note that it was kept just now. Never rejects: then it is tried again. */
  keep(): Promise<void>
}

/** A server may be replaced by another one at the same address. */
const TRUSTED_MS = 86_400_000

/** @param path absolute */
export function openKeptPromise(path: string, nowMs: () => number): KeptPromise {
  return {
    async isKept() {
      const ageMs = await stat(path).then(
        ({ mtimeMs }) => nowMs() - mtimeMs,
        () => TRUSTED_MS,
      )
      return Math.abs(ageMs) < TRUSTED_MS
    },
    async keep() {
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        await writeFile(path, '')
      } catch {}
    },
  }
}
