import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findBearerToken, readBearerToken } from '../../src/lib/io/secrets.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const write = (path: string, text: string, mode = 0o600) => {
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

describe('the bearer token', () => {
  it('comes from systemd’s credentials before a file before the variable, and says from where', () =>
    withTempFolder(async folder => {
      const file = write(join(folder, 'token'), 'of%2Bthe_file\n', 0o644)
      write(join(folder, 'x_bearer_token'), 'of_systemd\n')
      const env = { CREDENTIALS_DIRECTORY: folder, X_BEARER_TOKEN_FILE: file, X_BEARER_TOKEN: ' of_the_variable\n' }
      expect(await findBearerToken({ env })).toEqual({
        token: 'of_systemd',
        from: "systemd's credentials",
        file: undefined,
      })
      expect(await findBearerToken({ env: { ...env, CREDENTIALS_DIRECTORY: undefined } })).toEqual({
        token: 'of%2Bthe_file',
        from: file,
        file: { path: file, mode: 0o644 },
      })
      const variable = { X_BEARER_TOKEN: env.X_BEARER_TOKEN }
      expect(await findBearerToken({ env: variable }, [file])).toMatchObject({
        token: 'of_the_variable',
        from: 'X_BEARER_TOKEN',
      })
      expect(await readBearerToken({ env: variable })).toBe('of_the_variable')
    }))

  it('is looked for where a schedule has it only when the environment names none', () =>
    withTempFolder(async folder => {
      const [none, there] = [join(folder, 'none'), write(join(folder, 'there'), 'AAAA')]
      expect(await findBearerToken({ env: {} }, [none, there])).toMatchObject({ token: 'AAAA', from: there })
      await expect(findBearerToken({ env: {} }, [none])).rejects.toMatchObject({
        code: 'E_USAGE',
        message: 'there is no token for X: neither X_BEARER_TOKEN nor X_BEARER_TOKEN_FILE is set',
      })
    }))

  it('is missed, with the reason, in a file that cannot be read or is empty', () =>
    withTempFolder(async folder => {
      mkdirSync(join(folder, 'a-folder'))
      await expect(findBearerToken({ env: {} }, [join(folder, 'a-folder')])).rejects.toMatchObject({
        message: `the token file ${folder}/a-folder cannot be read: EISDIR`,
      })
      const empty = write(join(folder, 'empty'), '\n')
      await expect(findBearerToken({ env: { X_BEARER_TOKEN_FILE: empty } })).rejects.toMatchObject({
        message: `the token file ${empty} is empty`,
      })
    }))
})
