/** Where things are, and what of the machine they share. */
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..')
export const TWDW = join(ROOT, 'dist', 'twdw')
/** Lines, lakes and whatever else is made to be measured upon; TMPDIR says on which disk. May be removed. */
export const WORK = join(tmpdir(), 'twdw-bench')
/** That twdw takes by itself, and that everybody is given who would take another number. Peers' scripts have it as BENCH_THREADS. */
export const THREADS = Math.min(availableParallelism(), 8)
export const PEERS_FOLDER = join(ROOT, 'bench', 'peers')
