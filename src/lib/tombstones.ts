/**
 * Tombstones: many small files of ids, read as one. Whoever writes tweets anywhere, or answers with them, looks here first.
 *
 * A file never changes and goes only by hand, so their names say whether anything is new: looking again is a listing.
 */
import {
  type Forgotten,
  type ForgottenIds,
  forgottenOf,
  NOTHING_FORGOTTEN,
  parseTombstones,
} from './domain/forget/forgotten.ts'
import { LAYER1_FORGOTTEN } from './domain/paths.ts'
import type { Lake } from './io/lake.ts'

export interface Tombstones {
  /** What is forgotten now; the same object for as long as nothing was added. @throws TwdwError E_LAKE */
  read(): Promise<Forgotten>
}

export function openTombstones(lake: Pick<Lake, 'list' | 'readListed'>): Tombstones {
  let names = ''
  let forgotten = NOTHING_FORGOTTEN
  return {
    async read() {
      const files = await lake.list(LAYER1_FORGOTTEN)
      const listed = files.map(({ path }) => path).join('\n')
      if (listed === names) return forgotten
      const texts = await lake.readListed(files)
      forgotten = forgottenOf(files.map(({ path }, i) => idsOf(texts[i], path)))
      names = listed
      return forgotten
    },
  }
}

/** @throws TwdwError E_LAKE */
export function readForgotten(lake: Pick<Lake, 'list' | 'readListed'>): Promise<Forgotten> {
  return openTombstones(lake).read()
}

/** One that somebody has just taken away holds nothing. */
function idsOf(bytes: Uint8Array | undefined, path: string): ForgottenIds {
  return bytes === undefined ? { tweets: [], users: [] } : parseTombstones(new TextDecoder().decode(bytes), path)
}
