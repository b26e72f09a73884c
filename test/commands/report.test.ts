/** The door of report, from words to a file. */
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { reportCommand } from '../../src/commands/report.ts'
import { openQueryLake, readQueryLakeRows } from '../support/query-lake.ts'
import { runCommand } from '../support/run-command.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const run = (folder: string, words: readonly string[], about: { terminal?: number } = {}) =>
  runCommand(reportCommand, folder, ['report', ...words], about)

describe('twdw report', () => {
  it('writes one page, into a file or a pipe', async () => {
    await withTempFolder(async folder => {
      await openQueryLake(folder, readQueryLakeRows())
      const { stdout, stderr } = await run(folder, ['#Carnaval', '--output', 'report.html'], { terminal: 80 })
      expect(stdout).toBe('')
      expect(stderr).toMatch(/^report\.html: 12 tweets, \d+ KB\n$/)
      const page = await readFile(join(folder, 'report.html'), 'utf8')
      expect(page).toMatch(/^<!doctype html>\n.*<\/html>\n$/s)
      expect(page.match(/<script/g)).toHaveLength(2)
      const piped = await run(folder, ['carnaval', '--kind', 'reply'])
      expect(piped.stdout).toContain('<div><dt>tweets</dt><dd>1</dd></div>')
    })
  })

  it('writes nothing about nothing, and says why', async () => {
    await withTempFolder(async folder => {
      await openQueryLake(folder, readQueryLakeRows())
      const { stdout, stderr } = await run(folder, ['axé', '--output', 'report.html', '--quiet'])
      expect(stdout).toBe('')
      expect(stderr).toBe(
        'warning: nothing to report, so report.html is not written: no tweet in the lake carries #axé\n',
      )
      expect(readdirSync(folder)).toEqual(['lake'])
    })
  })

  it.each([
    [[], { terminal: 80 }, 'it is not said on which hashtag to report'],
    [['x'], { terminal: 80 }, 'a report is a page, and a terminal shows text'],
    [['x', '--output', 'report.pdf'], {}, 'a report is a page of HTML, and report.pdf is the name of something else'],
    [['#', '--output', 'a.html'], {}, 'tag: not a hashtag: "#" (write it as covid19)'],
  ])('refuses %j', async (words, about, message) => {
    await withTempFolder(async folder => {
      await expect(run(folder, words, about)).rejects.toMatchObject({ code: 'E_USAGE', message })
    })
  })
})
