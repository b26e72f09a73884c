/** The door of `schedule compose`: from words to a file, and back again. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are Compose's
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scheduleCommand } from '../../src/commands/schedule.ts'
import { runCommand } from '../support/run-command.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const run = async (folder: string, ...words: string[]) =>
  (await runCommand(scheduleCommand, folder, ['schedule', 'compose', ...words], { env: { HOME: folder } })).stdout

describe('twdw schedule compose', () => {
  it('prints a file for the hashtags, with all that is handed on to the listener', () =>
    withTempFolder(async folder => {
      const text = await run(
        folder,
        '#COVID19',
        'vacina',
        '--lang',
        'pt',
        '--max-usd-per-day',
        '5',
        '--consolidate-at',
        '7 * * * *',
      )
      expect(text).toContain('command: ["listen", "--lang=pt", "--max-usd-per-day=5", "--wait-next-day"]\n')
      expect(text).toContain('TWDW_TAGS: "${TWDW_TAGS:-COVID19,vacina}"\n')
      expect(text).toContain('TWDW_CONSOLIDATE_AT: "${TWDW_CONSOLIDATE_AT:-7 * * * *}"\n')
      expect(text).toContain('file: "${X_BEARER_TOKEN_FILE:-./secrets/x_bearer_token}"\n')
      expect(text).not.toContain('build:')
      expect(await readdir(folder)).toEqual([])
    }))

  it('mounts a folder that is named as the lake, by its whole path, and a token file as it was named', () =>
    withTempFolder(async folder => {
      const text = await run(
        folder,
        'covid19',
        '--lake',
        'data',
        '--token-file',
        'my-token',
        '--aws-credentials-file',
        'my-keys',
      )
      expect(text).toContain(`source: "${folder}/data"`)
      expect(text).toContain('file: "${X_BEARER_TOKEN_FILE:-my-token}"\n')
      expect(text).toContain('file: "${AWS_CREDENTIALS_FILE:-my-keys}"\n')
    }))

  it('writes the file here, once the token is there, leaves one alone that is not ours, and takes ours away', () =>
    withTempFolder(async folder => {
      await expect(run(folder, 'covid19', '--install')).rejects.toMatchObject({
        code: 'E_USAGE',
        message: `there is no file at ${folder}/secrets/x_bearer_token to read X's bearer token from`,
      })
      await mkdir(join(folder, 'secrets'))
      await writeFile(join(folder, 'secrets/x_bearer_token'), 'secret\n')
      const path = join(folder, 'compose.yaml')
      expect(await run(folder, 'covid19', '--install')).toBe(
        `wrote ${path}\nstart it, or what has changed of it: docker compose up -d\n`,
      )
      expect(await run(folder, 'covid19', '--install')).toMatch(`left as it was ${path}\n`)
      expect(await readFile(path, 'utf8')).not.toContain('secret\n')
      expect(await run(folder, '--uninstall')).toMatch(`removed ${path}\n`)
      await writeFile(path, 'services: {}\n')
      for (const words of [['covid19', '--install'], ['--uninstall']]) {
        await expect(run(folder, ...words)).rejects.toMatchObject({
          message: `${path} was not written by twdw, and is left alone`,
        })
      }
    }))

  it.each([
    [
      ['covid19', '--user', '--state-dir', 'x'],
      '--state-dir and --user mean nothing to compose: the image has all of that',
    ],
    [
      ['covid19', '--consolidate-at', 'x'],
      '"x" is no cron expression: it has to have five fields, or six with seconds before them',
    ],
    [
      ['covid19', '--health-port', '80'],
      '--health-port means nothing to schedule compose: it is for `twdw schedule run`',
    ],
    [[], 'there is nothing to listen for: no hashtag, no --keyword and no --rule'],
  ])('refuses %j', (words, message) =>
    withTempFolder(async folder => {
      await expect(run(folder, ...words)).rejects.toMatchObject({ code: 'E_USAGE', message })
    }),
  )
})
