import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openJournal } from '../../src/lib/io/journal.ts'
import { liveTweetsByHour, readLiveSegments } from '../../src/lib/listen/live.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { tweetLine } from '../support/tweet-lines.ts'

describe('readLiveSegments', () => {
  it('keeps tweets and refused lines apart by the segment that will be published', () =>
    withTempFolder(async folder => {
      const journal = openJournal(join(folder, 'journal'), fixedClock())
      const segments: string[] = []
      const write = async (...lines: string[]) => {
        const segment = await journal.begin({ source: 'stream', session: 's', tags: ['covid19'], ruleNames: {} })
        if (lines.length > 0) {
          await segment.append({ lines: lines.map(line => new TextEncoder().encode(line)), capturedAtMs: 0 })
        }
        await segment.sync()
        await segment.close()
        segments.push(segment.name)
      }
      await write(tweetLine('2024-01-01T10:00:00.000Z', 1), '{', tweetLine('2024-01-01T11:00:00.000Z', 2))
      await write()
      await write('[', tweetLine('2024-01-01T10:00:01.000Z', 3))
      const live = await readLiveSegments(journal)
      const rows = live.map(({ segment, tweets, rejected }) => [segment, [...tweets.keys()], rejected.numRows])
      // begun at one instant, so their names are in no order
      expect(rows.sort(([a], [b]) => segments.indexOf(String(a)) - segments.indexOf(String(b)))).toEqual([
        [segments[0], ['2024-01-01T10', '2024-01-01T11'], 1],
        [segments[2], ['2024-01-01T10'], 1],
      ])
      const byHour = [...liveTweetsByHour(live)].map(([hour, tables]) => [hour, tables.map(table => table.numRows)])
      expect(byHour.sort()).toEqual([
        ['2024-01-01T10', [1, 1]],
        ['2024-01-01T11', [1]],
      ])
    }))
})
