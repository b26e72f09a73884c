/** The executable as a user gets it: one file, copied alone into an empty folder, on a machine that knows nothing. */
import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import packageFile from '../../package.json' with { type: 'json' }
import { DEFAULT_TIME_ZONE, LAKE_FORMAT, lakeSettingsToText } from '../../src/lib/domain/lake-settings.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const REPOSITORY = resolve(import.meta.dirname, '../..')
const BUILT = join(REPOSITORY, 'dist', 'twdw')
/** A process with a cold cache unpacks 70 MB; the machine may be busy with other tests. */
const SLOW_MS = 60_000

interface Outcome {
  status: number
  stdout: string
  stderr: string
}

function run(file: string, words: readonly string[], env: Record<string, string>, cwd: string): Promise<Outcome> {
  return new Promise(done => {
    execFile(file, words, { env, cwd }, (error, stdout, stderr) => {
      done({ status: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

interface Machine {
  folder: string
  /** words of `twdw`, as `env -i` with a home and a folder for temporary files */
  twdw(words: readonly string[], env?: Record<string, string>): Promise<Outcome>
  /** answers a question for which DuckDB is needed */
  ask(env?: Record<string, string>): Promise<Outcome>
}

/** An empty folder with the executable, an empty home and an empty lake. */
const withMachine = (work: (machine: Machine) => Promise<void>) =>
  withTempFolder(async folder => {
    for (const name of ['home', 'tmp', 'lake']) await mkdir(join(folder, name))
    await copyFile(BUILT, join(folder, 'twdw'))
    const settings = lakeSettingsToText({ format: LAKE_FORMAT, id: '0123abcd', timeZone: DEFAULT_TIME_ZONE })
    await writeFile(join(folder, 'lake', 'twdw.json'), settings)
    const machine: Machine = {
      folder,
      twdw: (words, env = {}) =>
        run(join(folder, 'twdw'), words, { HOME: join(folder, 'home'), TMPDIR: join(folder, 'tmp'), ...env }, folder),
      ask: env => machine.twdw(['query', '--sql', 'select 42 as answer', '--format', 'csv', '--lake', 'lake'], env),
    }
    await work(machine)
  })

const ANSWER: Outcome = { status: 0, stdout: 'answer\n42\n', stderr: '' }

const filesBelow = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile())
    .map(entry => entry.name)
    .sort()

beforeAll(async () => {
  await stat(BUILT).catch(() => {
    throw new Error('dist/twdw is not built: npm run build')
  })
})

describe('the executable, copied alone to an empty folder', () => {
  it('knows its version and its help without unpacking or loading anything', { timeout: SLOW_MS }, () =>
    withMachine(async ({ folder, twdw }) => {
      expect(await twdw(['--version'])).toEqual({ status: 0, stdout: `${packageFile.version}\n`, stderr: '' })
      const help = await twdw(['--help'])
      expect(help).toMatchObject({ status: 0, stderr: '' })
      expect(help.stdout).toMatch(/^twdw <command>\n/)
      expect(await filesBelow(join(folder, 'home'))).toEqual([])
      expect(await filesBelow(join(folder, 'tmp'))).toEqual([])
      // with nothing that could be written to, whatever it would unpack
      await writeFile(join(folder, 'file'), '')
      const nowhere = join(folder, 'file', 'nowhere')
      const env = { HOME: nowhere, XDG_CACHE_HOME: nowhere, TMPDIR: nowhere }
      expect(await twdw(['--version'], env)).toEqual({ status: 0, stdout: `${packageFile.version}\n`, stderr: '' })
    }),
  )

  it('takes no settings from a .env file that lies where it is run', { timeout: SLOW_MS }, () =>
    withMachine(async ({ folder, twdw }) => {
      await writeFile(join(folder, '.env'), 'TWDW_LAKE=/from/the/env/file\n')
      // there is a lake where it looks, and none where the file says
      expect(await twdw(['consolidate'])).toMatchObject({ status: 0 })
    }),
  )

  it('answers a question with the DuckDB inside, which it unpacks once', { timeout: SLOW_MS }, () =>
    withMachine(async ({ folder, ask }) => {
      expect(await ask()).toEqual(ANSWER)
      const [cache] = await readdir(join(folder, 'home', '.cache', 'twdw'))
      expect(cache).toMatch(/^duckdb-[0-9.]+-r\.[0-9]+-[0-9a-f]{16}$/)
      const library = join(folder, 'home', '.cache', 'twdw', cache ?? '', 'libduckdb.so')
      const first = await stat(library)
      expect(await ask()).toEqual(ANSWER)
      expect((await stat(library)).ino).toBe(first.ino)
      expect(await filesBelow(join(folder, 'home'))).toEqual(['duckdb.node', 'libduckdb.so'])
      expect(await readdir(join(folder, 'tmp'))).toEqual([])
    }),
  )

  it('serves two first runs at once from one cache', { timeout: SLOW_MS }, () =>
    withMachine(async ({ folder, ask }) => {
      const env = { XDG_CACHE_HOME: join(folder, 'cache') }
      expect(await Promise.all([ask(env), ask(env)])).toEqual([ANSWER, ANSWER])
      expect(await filesBelow(join(folder, 'cache'))).toEqual(['duckdb.node', 'libduckdb.so'])
      expect(await filesBelow(join(folder, 'home'))).toEqual([])
    }),
  )

  it('puts a cache right that was torn', { timeout: SLOW_MS }, () =>
    withMachine(async ({ folder, ask }) => {
      const env = { XDG_CACHE_HOME: join(folder, 'cache') }
      await ask(env)
      const [name] = await readdir(join(folder, 'cache', 'twdw'))
      await truncate(join(folder, 'cache', 'twdw', name ?? '', 'libduckdb.so'), 1_000_000)
      expect(await ask(env)).toEqual(ANSWER)
    }),
  )

  it('falls back to the temporary files when the home cannot be written, and says so', { timeout: SLOW_MS }, () =>
    withMachine(async ({ folder, ask }) => {
      // below a file nobody can make a folder, not even root
      await writeFile(join(folder, 'file'), '')
      const outcome = await ask({ XDG_CACHE_HOME: join(folder, 'file') })
      const fallback = `${folder}/tmp/twdw-${process.getuid?.()}`
      expect(outcome).toEqual({
        ...ANSWER,
        stderr: `warning: DuckDB cannot be kept in ${folder}/file/twdw (ENOTDIR: not a directory); using ${fallback}\n`,
      })
      expect((await stat(fallback)).mode & 0o777).toBe(0o700)
    }),
  )

  it('says what to do when nothing can be written', { timeout: SLOW_MS }, () =>
    withMachine(async ({ folder, ask }) => {
      await mkdir(join(folder, 'tmp', `twdw-${process.getuid?.()}`))
      await chmod(join(folder, 'tmp', `twdw-${process.getuid?.()}`), 0o777)
      await writeFile(join(folder, 'file'), '')
      expect(await ask({ XDG_CACHE_HOME: join(folder, 'file') })).toEqual({
        status: 5,
        stdout: '',
        stderr:
          `twdw: DuckDB cannot be unpacked and loaded in ${folder}/file/twdw (ENOTDIR: not a directory) nor in ` +
          `${folder}/tmp/twdw-${process.getuid?.()} (it belongs to somebody else)\n` +
          '  try: set XDG_CACHE_HOME to a folder on a disk with 80 MB to spare, writable and not mounted noexec\n',
      })
    }),
  )
})

describe('bin/twdw', () => {
  /** A checkout in which the executable and Bun are scripts that tell how they were called. */
  const withCheckout = (
    work: (root: string, door: (env?: Record<string, string>) => Promise<Outcome>) => Promise<void>,
  ) =>
    withTempFolder(async folder => {
      const root = join(folder, 'a checkout')
      for (const name of ['bin', 'src', 'dist', 'node_modules/.bin']) await mkdir(join(root, name), { recursive: true })
      await copyFile(join(REPOSITORY, 'bin', 'twdw'), join(root, 'bin', 'twdw'))
      await mkdir(join(folder, 'elsewhere', 'deep'), { recursive: true })
      await symlink('../a checkout/bin/twdw', join(folder, 'elsewhere', 'link'))
      await symlink('../link', join(folder, 'elsewhere', 'deep', 'twdw'))
      await work(root, () =>
        run(
          join(folder, 'elsewhere', 'deep', 'twdw'),
          ['query', '--tag', 'two words'],
          { PATH: '/usr/bin:/bin' },
          folder,
        ),
      )
    })
  const script = async (path: string, name: string) => {
    await writeFile(path, `#!/bin/sh\nprintf '%s|' ${name} "$@"\nexit 7\n`)
    await chmod(path, 0o755)
  }

  it('is the executable when it is built, by any link and from any folder', () =>
    withCheckout(async (root, door) => {
      await script(join(root, 'dist', 'twdw'), 'executable')
      await script(join(root, 'node_modules', '.bin', 'bun'), 'bun')
      expect(await door()).toEqual({ status: 7, stdout: 'executable|query|--tag|two words|', stderr: '' })
    }))

  it('is the source when it is not', () =>
    withCheckout(async (root, door) => {
      await script(join(root, 'node_modules', '.bin', 'bun'), 'bun')
      const flags = '--no-env-file|--config=/dev/null|'
      const stdout = `bun|${flags}${root}/src/main.ts|query|--tag|two words|`
      expect(await door()).toEqual({ status: 7, stdout, stderr: '' })
    }))

  it('says what to do when there is neither', () =>
    withCheckout(async (root, door) => {
      expect(await door()).toEqual({
        status: 2,
        stdout: '',
        stderr: `twdw: ${root} has no executable, and no Bun to run its source\n  try: npm ci && npm run build\n`,
      })
    }))
})

describe('pkg.config.json', () => {
  it('names an entry and embedded files that are there, and a target for this machine', async () => {
    const config = JSON.parse(await readFile(join(REPOSITORY, 'pkg.config.json'), 'utf8'))
    await stat(join(REPOSITORY, config.entry))
    const target = config.targets[`${process.platform}-${process.arch}`]
    for (const module of [target.embedded.parquetWasm, ...target.embedded.duckdb]) {
      await stat(join(REPOSITORY, 'node_modules', module))
    }
    expect(config.output).toBe('dist/twdw')
  })
})
