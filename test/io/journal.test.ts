import { appendFileSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Journal, type JournalSegment, openJournal } from '../../src/lib/io/journal.ts'
import { recordsIn } from '../../src/lib/io/journal-records.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const header = { source: 'replay', session: 's', tags: ['covid19'], ruleNames: {} }
const bytesOf = (text: string) => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

async function segmentWith(journal: Journal, ...lines: string[]): Promise<JournalSegment> {
  const segment = await journal.begin(header)
  for (const [i, line] of lines.entries()) await segment.append({ lines: [bytesOf(line)], capturedAtMs: 1000 + i })
  await segment.sync()
  return segment
}

describe('the journal', () => {
  it('gives back every line with its time and the header, in order', () =>
    withTempFolder(async folder => {
      const journal = openJournal(folder, fixedClock('2024-01-01T10:15:00.123Z'))
      const segment = await segmentWith(journal, '{"a":1}', 'ação 🧪')
      await segment.close()
      const content = await journal.read(segment.name)
      expect(segment.name).toMatch(/^20240101T101500123Z-[0-9a-f]{8}$/)
      expect(content?.header).toEqual(header)
      expect(content?.records.map(record => [textOf(record.bytes), record.capturedAtMs])).toEqual([
        ['{"a":1}', 1000],
        ['ação 🧪', 1001],
      ])
      expect(content?.tornBytes).toBe(0)
    }))

  it('removes a segment that got no header before its process was killed, and keeps every other', () =>
    withTempFolder(async folder => {
      const longAgo = new Date('2024-01-01T10:00:00Z')
      for (const name of ['a.new', 'b.journal']) {
        writeFileSync(join(folder, name), '')
        utimesSync(join(folder, name), longAgo, longAgo)
      }
      const segment = await openJournal(folder, fixedClock('2024-01-01T12:00:00Z')).begin(header)
      await segment.close()
      expect(readdirSync(folder).sort()).toEqual([`${segment.name}.journal`, 'b.journal'])
    }))

  it('hands back lines in memory of their own, so that a source may use its buffer again', () =>
    withTempFolder(async folder => {
      const segment = await openJournal(folder, fixedClock()).begin(header)
      const buffer = bytesOf('first')
      await segment.append({ lines: [buffer], capturedAtMs: 1 })
      buffer.fill(0)
      const { records, lines } = await segment.sync()
      expect(lines).toBe(1)
      expect(recordsIn(records).map(record => [textOf(record.bytes), record.capturedAtMs])).toEqual([['first', 1]])
      await segment.close()
    }))

  it('reads every whole record before any cut, and counts what was torn', () =>
    withTempFolder(async folder => {
      const journal = openJournal(folder, fixedClock())
      const segment = await segmentWith(journal, 'one', 'two', 'three')
      await segment.close()
      const path = join(folder, `${segment.name}.journal`)
      const whole = readFileSync(path)
      const headerEnd = whole.length - (16 * 3 + 'onetwothree'.length)
      for (let length = headerEnd; length <= whole.length; length++) {
        writeFileSync(path, whole.subarray(0, length))
        const content = await journal.read(segment.name)
        const texts = content!.records.map(record => textOf(record.bytes))
        expect(texts).toEqual(['one', 'two', 'three'].slice(0, texts.length))
        const bytesRead = texts.reduce((sum, text) => sum + 16 + text.length, headerEnd)
        expect(content!.tornBytes).toBe(length - bytesRead)
        expect(length - bytesRead).toBeLessThan(16 + 'three'.length)
      }
    }))

  it('passes over a record whose bytes were changed, reads those behind it, and counts the damage', () =>
    withTempFolder(async folder => {
      const journal = openJournal(folder, fixedClock())
      const segment = await segmentWith(journal, 'one', 'two', 'three')
      await segment.close()
      const path = join(folder, `${segment.name}.journal`)
      const whole = readFileSync(path)
      const end = whole.length - (16 + 'three'.length)
      for (let at = end - (16 + 'two'.length); at < end; at++) {
        const bytes = Buffer.from(whole)
        bytes[at]! ^= 0x55
        writeFileSync(path, bytes)
        const content = await journal.read(segment.name)
        expect(content?.records.map(record => textOf(record.bytes))).toEqual(['one', 'three'])
        expect(content).toMatchObject({ tornBytes: 0, damagedBytes: 16 + 'two'.length })
      }
    }))

  it('reads the lines behind a header that is damaged', () =>
    withTempFolder(async folder => {
      const journal = openJournal(folder, fixedClock())
      const segment = await segmentWith(journal, 'one')
      await segment.close()
      const path = join(folder, `${segment.name}.journal`)
      for (const at of [7, 8, 9, 10, 11, 20]) {
        const bytes = readFileSync(path)
        bytes[at]! ^= 0x55
        writeFileSync(path, bytes)
        const content = await journal.read(segment.name)
        expect(content?.records.map(record => textOf(record.bytes))).toEqual(['one'])
        expect(content?.damagedBytes).toBeGreaterThan(0)
        bytes[at]! ^= 0x55
        writeFileSync(path, bytes)
      }
    }))

  it('keeps any bytes: property', () =>
    withTempFolder(async folder => {
      const journal = openJournal(folder, fixedClock())
      await fc.assert(
        fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), async lines => {
          const segment = await journal.begin(header)
          await segment.append({ lines, capturedAtMs: 5 })
          await segment.sync()
          await segment.close()
          const content = await journal.read(segment.name)
          expect(content?.records.map(record => [...record.bytes])).toEqual(lines.map(line => [...line]))
          await journal.remove(segment.name)
        }),
        { numRuns: 30 },
      )
    }))

  it('calls only unlocked segments left behind', () =>
    withTempFolder(async folder => {
      const journal = openJournal(folder, fixedClock())
      const open = await segmentWith(journal, 'x')
      const crashed = await segmentWith(journal, 'y')
      await crashed.close()
      expect(await journal.leftBehind()).toEqual([crashed.name])
      expect((await journal.list()).sort()).toEqual([open.name, crashed.name].sort())
      await open.close()
      await journal.remove(open.name)
      await journal.remove(crashed.name)
      expect(readdirSync(folder)).toEqual([])
    }))

  it('is empty where there is no folder yet', () =>
    withTempFolder(async folder => {
      const journal = openJournal(join(folder, 'none'), fixedClock())
      expect(await journal.list()).toEqual([])
      expect(await journal.read('none')).toBeUndefined()
    }))

  it('reads the lines behind a first sector that is lost, and a file of which nothing is left', () =>
    withTempFolder(async folder => {
      const journal = openJournal(folder, fixedClock())
      const lines = ['one'.repeat(200), 'two']
      const segment = await segmentWith(journal, ...lines)
      await segment.close()
      const path = join(folder, `${segment.name}.journal`)
      const whole = readFileSync(path)
      const headBytes = whole.length - (16 * 2 + 600 + 3)
      // a head that is gone takes the first line with it; of one that only lacks its first bytes all is known
      for (const [lost, texts] of [
        [512, ['two']],
        [headBytes, lines],
        [7, lines],
        [whole.length, []],
      ] as const) {
        const bytes = Buffer.from(whole)
        bytes.fill(0, 0, lost)
        writeFileSync(path, bytes)
        const content = await journal.read(segment.name)
        expect(content?.records.map(record => textOf(record.bytes))).toEqual(texts)
        expect(content).toMatchObject({ tornBytes: 0, header: { source: 'replay' } })
        expect(content?.damagedBytes).toBeGreaterThan(0)
      }
      writeFileSync(path, '')
      expect(await journal.read(segment.name)).toMatchObject({ records: [], tornBytes: 0, damagedBytes: 11 })
    }))

  it('refuses a segment of another version', () =>
    withTempFolder(async folder => {
      writeFileSync(join(folder, 'x.journal'), 'twdwj2\nsomething else altogether')
      await expect(openJournal(folder, fixedClock()).read('x')).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `${join(folder, 'x.journal')} is no journal segment of this version of twdw`,
      })
    }))

  it('takes nothing more after the disk refused, and keeps what was whole', () =>
    withTempFolder(async folder => {
      const journal = openJournal(folder, fixedClock())
      const segment = await segmentWith(journal, 'one')
      await segment.close()
      await expect(segment.append({ lines: [bytesOf('two')], capturedAtMs: 1 })).rejects.toThrow()
      appendFileSync(join(folder, `${segment.name}.journal`), 'half a rec')
      expect((await journal.read(segment.name))?.records).toHaveLength(1)
      truncateSync(join(folder, `${segment.name}.journal`), 3)
      expect(await journal.read(segment.name)).toMatchObject({ records: [], tornBytes: 0, damagedBytes: 11 })
    }))
})
