/**
 * A journal that keeps nothing: for sources that can be asked again, as files can.
 *
 * A line of a file is as safe as the file. Writing it down a second time would only wear the disk: whoever is stopped in
 * the middle reads the file again, and layer2 keeps one of each tweet.
 */
import type { Clock } from './clock.ts'
import { type Journal, type JournalSegment, type SyncedRecords, uniqueName } from './journal.ts'
import { BlockPool, RecordBlock } from './journal-records.ts'

export function openNoJournal(clock: Clock): Journal {
  const pool = new BlockPool()
  const newName = () => uniqueName(clock.nowMs())
  return {
    newName,
    begin: async () => openSegment(newName(), pool),
    list: async () => [],
    leftBehind: async () => [],
    read: async () => undefined,
    remove: async () => undefined,
    giveBack: memory => pool.giveBack(memory),
    setAside: async segment => segment,
  }
}

function openSegment(name: string, pool: BlockPool): JournalSegment {
  let bytes = 0
  let block = new RecordBlock(pool, false)
  return {
    name,
    get bytes() {
      return bytes
    },
    get unsynced() {
      return block
    },
    async append(batch) {
      bytes += block.add(batch).length
    },
    async sync(): Promise<SyncedRecords> {
      const { records, lines } = block
      block = new RecordBlock(pool, false)
      return { records, lines }
    },
    close: async () => undefined,
  }
}
