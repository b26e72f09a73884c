/** The door of copy, from words to where nothing is done. */
import { existsSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { copyCommand } from '../../src/commands/copy.ts'
import { LAKE_FORMAT, lakeSettingsToText } from '../../src/lib/domain/lake-settings.ts'
import { runCommand } from '../support/run-command.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const runCopy = (folder: string, words: readonly string[]) => runCommand(copyCommand, folder, ['copy', ...words])

/** A folder with a lake `L` in it, `link` to it, and `away`, a link to a folder in it. */
const withLake = (work: (folder: string) => Promise<void>) =>
  withTempFolder(async folder => {
    const lake = join(folder, 'L')
    await mkdir(join(lake, 'layer1/sessions'), { recursive: true })
    await writeFile(
      join(lake, 'twdw.json'),
      lakeSettingsToText({ format: LAKE_FORMAT, id: 'abcd1234', timeZone: 'UTC' }),
    )
    await writeFile(join(lake, 'layer1/sessions/s1.json'), '{}')
    await symlink(lake, join(folder, 'link'))
    await symlink(join(lake, 'layer1'), join(folder, 'away'))
    await work(folder)
  })

describe('twdw copy', () => {
  it.each([
    ['L', 'L', /^.*L cannot be copied to itself$/],
    ['L', 'link', /^.*L cannot be copied to itself$/],
    ['link', './L/', /link cannot be copied to itself$/],
    ['L', 'L/backup', /L\/backup is inside of .*L: a copy has a place of its own$/],
    ['L', 'link/back/up', /link\/back\/up is inside of .*L:/],
    ['L', 'away/backup', /away\/backup is inside of .*L:/],
    ['L', '.', /L is inside of /],
    ['s3://lake', 's3://lake/sub', /^s3:\/\/lake\/sub is inside of s3:\/\/lake:/],
    ['s3://lake/a/b', 's3://lake/a', /^s3:\/\/lake\/a\/b is inside of s3:\/\/lake\/a:/],
    ['s3://lake/a', 's3://lake/a/', /^s3:\/\/lake\/a cannot be copied to itself$/],
  ])('of %s to %s is refused', (from, to, message) =>
    withLake(async folder => {
      // a fault here shall neither remove anything nor ask anybody
      const harmless = ['--dry-run', '--s3-endpoint', 'http://127.0.0.1:9']
      const copying = runCopy(folder, ['--from', from, '--to', to, ...harmless])
      await expect(copying).rejects.toMatchObject({ code: 'E_USAGE', message: expect.stringMatching(message) })
      expect(existsSync(join(folder, 'L/backup'))).toBe(false)
    }),
  )

  it('takes a neighbour whose name begins alike for another place', () =>
    withLake(async folder => {
      const { stdout } = await runCopy(folder, ['--from', 'L', '--to', 'L2'])
      expect(stdout).toMatch(/^2 files of \d+ bytes: 2 copied to .*L2 and looked at there/)
    }))

  it('removes nothing that is no lake of its, and says in a dry run what it would', () =>
    withLake(async folder => {
      await runCopy(folder, ['--from', 'L', '--to', 'home'])
      const [late, thesis] = [join(folder, 'home/layer1/sessions/s2.json'), join(folder, 'home/thesis.doc')]
      for (const path of [late, thesis]) await writeFile(path, 'mine')
      const words = ['--from', 'L', '--to', 'home', '--mirror']
      await expect(runCopy(folder, words)).rejects.toMatchObject({ code: 'E_USAGE', message: /alone has 1 file/ })
      const { stdout } = await runCopy(folder, [...words, '--discard-newer', '--dry-run'])
      expect(stdout).toMatch(/, 2 left, 1 would be removed:\n {2}layer1\/sessions\/s2.json\n$/)
      expect(existsSync(late)).toBe(true)
      await runCopy(folder, [...words, '--discard-newer'])
      expect([existsSync(late), existsSync(thesis)]).toEqual([false, true])
    }))

  it('wants to be told to remove before it is told what', () =>
    withLake(async folder => {
      const copying = runCopy(folder, ['--from', 'L', '--to', 'L2', '--discard-newer'])
      await expect(copying).rejects.toMatchObject({ code: 'E_USAGE', hint: 'add --mirror, or leave it out' })
    }))
})
