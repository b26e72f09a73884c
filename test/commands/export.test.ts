/** The door of export, from words to stdout and files. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exportCommand } from '../../src/commands/export.ts'
import { systemClock } from '../../src/lib/io/clock.ts'
import { openJournal } from '../../src/lib/io/journal.ts'
import type { Layer1Row } from '../support/layer1-rows.ts'
import { openQueryLake, type QueryLakeRows } from '../support/query-lake.ts'
import { runCommand } from '../support/run-command.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { tweetLine } from '../support/tweet-lines.ts'

const tweet = (id: string, at: string, more: Partial<Layer1Row> = {}): Layer1Row => ({
  tweet_id: id,
  created_at: `${at}:00.000Z`,
  text: '#a',
  hashtags: ['Covid19'],
  author_id: '501',
  user_username: 'ana',
  lang: 'pt',
  ...more,
})

/** Ids past 2^53, in no order; one tweet twice; one edited; one without the tag. */
const ROWS: QueryLakeRows = {
  timeZone: 'America/Sao_Paulo',
  consolidated: [
    tweet('9007199254740993', '2024-01-01T12:10'),
    tweet('9007199254740992', '2024-01-01T12:20', { hashtags: ['vacina'], author_id: '502', user_username: 'bo' }),
    tweet('1741765000000101002', '2024-01-01T13:00', {
      edit_history_ids: ['1741765000000101001', '1741765000000101002'],
    }),
    tweet('1741765000000101001', '2024-01-01T13:00', { edit_history_ids: ['1741765000000101001'] }),
  ],
  stored: [
    tweet('17', '2024-01-02T12:00', { lang: 'ja', kind: 'retweet' }),
    tweet('9007199254740993', '2024-01-01T12:10'),
  ],
  journal: [],
}

const runExport = (folder: string, words: readonly string[]) => runCommand(exportCommand, folder, ['export', ...words])

describe('twdw export --ids', () => {
  it.each([
    [[], ['17', '9007199254740992', '9007199254740993', '1741765000000101002']],
    [
      ['--tag', 'COVID19'],
      ['17', '9007199254740993', '1741765000000101002'],
    ],
    [
      ['--tag', 'covid19', '--tag', '#vacina', '--to', '2024-01-02'],
      ['9007199254740992', '9007199254740993', '1741765000000101002'],
    ],
    [
      ['--from', '2024-01-01T10'],
      ['17', '1741765000000101002'],
    ],
    [['--user', '@BO'], ['9007199254740992']],
    [['--user', '501', '--kind', 'retweet', '--lang', 'ja'], ['17']],
    [['--batch-only'], ['9007199254740992', '9007199254740993', '1741765000000101002']],
  ])('gives each id of what a query counts once, ascending: %s', (words, ids) =>
    withTempFolder(async folder => {
      await openQueryLake(folder, ROWS)
      const { stdout, stderr } = await runExport(folder, ['--ids', ...words])
      expect(stdout).toBe(ids.map(id => `${id}\n`).join(''))
      expect(stderr).toBe(`${ids.length} id${ids.length === 1 ? '' : 's'}\n`)
    }),
  )

  it.each([
    [['--tag', 'covd19'], '', '0 ids\nnothing found: no tweet in the lake carries #covd19 (did you mean #covid19?)\n'],
    [
      ['--tag', 'vacina', '--tag', 'covd19'],
      '9007199254740992\n',
      '1 id\nno tweet in the lake carries #covd19 (did you mean #covid19?)\n',
    ],
    [
      ['--tag', 'vacina', '--lang', 'ja'],
      '',
      '0 ids\nnothing found: 1 tweet carries #vacina, and none of them fits the rest of the question\n',
    ],
  ])('says why there is none: %s', (words, stdout, stderr) =>
    withTempFolder(async folder => {
      await openQueryLake(folder, ROWS)
      expect(await runExport(folder, ['--ids', ...words])).toEqual({ stdout, stderr })
    }),
  )

  it('has lines that are still in the journal', () =>
    withTempFolder(async folder => {
      await openQueryLake(folder, ROWS)
      const journal = openJournal(join(folder, 'lake/_state/journal'), systemClock)
      const segment = await journal.begin({ source: 'stream', session: 's', tags: [], ruleNames: {} })
      const line = tweetLine('2024-03-01T10:00:00.000Z', 1)
      await segment.append({ lines: [new TextEncoder().encode(line)], capturedAtMs: 0 })
      await segment.sync()
      expect((await runExport(folder, ['--ids', '--from', '2024-03-01'])).stdout).toBe(`${JSON.parse(line).data.id}\n`)
      await segment.close()
    }))

  it('writes a file whole, and JSON lines where they are asked for', () =>
    withTempFolder(async folder => {
      await openQueryLake(folder, ROWS)
      const { stdout } = await runExport(folder, ['--ids', '--tag', 'vacina', '--json', '--output', 'ids.ndjson'])
      expect(stdout).toBe('')
      expect(readFileSync(join(folder, 'ids.ndjson'), 'utf8')).toBe('{"id":"9007199254740992"}\n')
    }))

  it('is not guessed where --ids is missing', () =>
    withTempFolder(async folder => {
      await expect(runExport(folder, ['--output', 'x'])).rejects.toMatchObject({
        code: 'E_USAGE',
        message: 'it is not said what to export',
        hint: "write twdw export --ids: ids are what X's terms allow to be shared; for yourself twdw query --sql has all columns",
      })
      expect(existsSync(join(folder, 'x'))).toBe(false)
    }))

  it('says that there is no lake', () =>
    withTempFolder(async folder => {
      await expect(runExport(folder, ['--ids'])).rejects.toMatchObject({ code: 'E_LAKE' })
    }))
})
