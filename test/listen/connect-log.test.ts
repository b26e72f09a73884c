import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { systemClock } from '../../src/lib/io/clock.ts'
import { openStateFile } from '../../src/lib/io/state-file.ts'
import { openConnectLog } from '../../src/lib/listen/connect-log.ts'
import { memoryLog } from '../support/memory-log.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const NOON = Date.parse('2026-09-21T12:00:00Z')
const MINUTE_MS = 60_000

const openIn = (folder: string, log = memoryLog()) =>
  openConnectLog(openStateFile(join(folder, 'connects.json'), systemClock), log)

it('knows the connects of earlier runs, for a quarter of an hour', () =>
  withTempFolder(async folder => {
    expect(await openIn(folder).recent(NOON)).toEqual([])
    await openIn(folder).note(NOON)
    await openIn(folder).note(NOON + MINUTE_MS)
    expect(await openIn(folder).recent(NOON + 2 * MINUTE_MS)).toEqual([NOON, NOON + MINUTE_MS])
    expect(await openIn(folder).recent(NOON + 15 * MINUTE_MS)).toEqual([NOON + MINUTE_MS])
    // noted before the clock was put back
    expect(await openIn(folder).recent(NOON - MINUTE_MS)).toEqual([])
  }))

it('begins anew where its file is damaged', () =>
  withTempFolder(async folder => {
    for (const text of ['', '{"a":1}', '["x",null]', '[17']) {
      await writeFile(join(folder, 'connects.json'), text)
      await openIn(folder).note(NOON)
      expect(await openIn(folder).recent(NOON)).toEqual([NOON])
    }
  }))

it('is no reason not to listen when the disk does not take it', async () => {
  const log = memoryLog()
  const connects = openIn('/proc/nowhere', log)
  await connects.note(NOON)
  expect(await connects.recent(NOON)).toEqual([])
  expect(log.told.map(({ sentence }) => sentence)[0]).toMatch(
    /^connects are not kept for the next run: \/proc\/nowhere\/connects\.json/,
  )
})
