import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/io/clock.ts'
import { openJournal } from '../../src/lib/io/journal.ts'
import { listJournalFiles } from '../../src/lib/io/journal-files.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const HEADER = { source: 'stream', session: 's', tags: ['covid19'], ruleNames: {} }

describe('the files of a journal', () => {
  it('are told apart: being written, left behind, set aside as damaged', () =>
    withTempFolder(async folder => {
      const journal = openJournal(`${folder}/journal`, systemClock)
      expect(await listJournalFiles(`${folder}/journal`)).toEqual([])
      const [damaged, left, open] = [
        await journal.begin(HEADER),
        await journal.begin(HEADER),
        await journal.begin(HEADER),
      ]
      await open.append({ lines: [new TextEncoder().encode('{}')], capturedAtMs: 0 })
      await damaged.close()
      await left.close()
      const aside = await journal.setAside(damaged.name)
      const found = await listJournalFiles(`${folder}/journal`)
      const states = Object.fromEntries(found.map(({ path, is }) => [path.slice(`${folder}/journal/`.length), is]))
      expect(states).toEqual({
        [aside.slice(`${folder}/journal/`.length)]: 'damaged',
        [`${left.name}.journal`]: 'left',
        [`${open.name}.journal`]: 'open',
      })
      const size = (end: string) => found.find(({ path }) => path.includes(end))!.bytes
      expect(size(open.name) - size(left.name)).toBe(open.bytes)
      // looking took no lock
      expect(await journal.leftBehind()).toEqual([left.name])
      await open.close()
    }))
})
