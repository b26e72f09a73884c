/** Where things are. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..')
export const TWDW = join(ROOT, 'dist', 'twdw')
/** Lines, lakes and whatever else is made to be measured upon; TMPDIR says on which disk. May be removed. */
export const WORK = join(tmpdir(), 'twdw-bench')
export const PEERS_FOLDER = join(ROOT, 'bench', 'peers')
