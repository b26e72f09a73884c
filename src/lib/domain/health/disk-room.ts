/** Room on a disk: whether there is enough of it, for how long, and whether the disk keeps up with the journal. */
import { bytesText, counted, spanText } from '../wording.ts'

/** A disk as it was found, by writing to it. */
export interface DiskState {
  freeBytes: number
  /** that can still be made; undefined where the file system does not count them */
  freeFiles: number | undefined
  /** the median of some syncs of 64 KB */
  syncMs: number
  /** how much the lake grows; undefined where it does not grow here */
  bytesPerDay: number | undefined
}

export interface DiskJudgement {
  level: 'ok' | 'warning' | 'fault'
  /** clauses */
  sentence: string
  /** null where all is well */
  remedy: string | null
}

/** A segment and what is made of it must find room at the same time. */
const LEAST_BYTES = 128_000_000
const FEW_BYTES = 1_000_000_000
const FEW_DAYS = 7
const LEAST_FILES = 1_000
const FEW_FILES = 20_000
/** The journal is synced this often. */
const SYNC_EVERY_MS = 200
const DAY_MS = 86_400_000

export function judgeDisk(disk: DiskState): DiskJudgement {
  const { freeBytes, freeFiles, syncMs, bytesPerDay = 0 } = disk
  const days = bytesPerDay > 0 ? freeBytes / bytesPerDay : Number.POSITIVE_INFINITY
  const lasts = Number.isFinite(days)
    ? `, which lasts ${spanText(days * DAY_MS)} at ${bytesText(Math.round(bytesPerDay))} a day`
    : ''
  const files = freeFiles !== undefined && freeFiles < FEW_FILES ? `, and for ${counted(freeFiles, 'file')}` : ''
  const sentence = `room for ${bytesText(freeBytes)}${lasts}${files}; a sync takes ${spanText(syncMs)}`
  const filesLeft = freeFiles ?? Number.POSITIVE_INFINITY
  const room = 'free some room, or move the lake to a larger disk'
  if (freeBytes < LEAST_BYTES || filesLeft < LEAST_FILES) return { level: 'fault', sentence, remedy: room }
  if (freeBytes < FEW_BYTES || days < FEW_DAYS || filesLeft < FEW_FILES)
    return { level: 'warning', sentence, remedy: room }
  if (syncMs > SYNC_EVERY_MS) {
    const remedy = `the journal is synced every ${SYNC_EVERY_MS} ms, and here it falls behind: name a folder on a faster disk with --state-dir`
    return { level: 'warning', sentence, remedy }
  }
  return { level: 'ok', sentence, remedy: null }
}
