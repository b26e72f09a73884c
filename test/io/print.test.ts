import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { printPieces, untilStopped, writeAnswer } from '../../src/lib/io/print.ts'
import type { Outlet } from '../../src/lib/io/street.ts'
import { withTempFolder } from '../support/temp-folder.ts'

describe('printPieces', () => {
  it('ends between two pieces when it is stopped, though its reader takes everything', async () => {
    const stop = new AbortController()
    const taken: string[] = []
    const outlet = {
      isTerminal: true,
      columns: 80,
      async write(text: string | Uint8Array) {
        taken.push(String(text))
        // a key, which is read as soon as the loop gets to it
        if (taken.length === 2) setImmediate(() => stop.abort())
        return true
      },
    }
    const pieces = Array.from({ length: 1000 }, (_, i) => `${i}\n`)
    expect(await printPieces(outlet, pieces, stop.signal)).toBe(true)
    expect(taken.length).toBeLessThan(5)
  })

  it('stops making pieces when nobody reads any more', async () => {
    let made = 0
    const pieces = (function* () {
      for (;;) yield `${++made}\n`
    })()
    const outlet: Outlet = { isTerminal: false, columns: undefined, write: async text => text !== '3\n' }
    expect(await printPieces(outlet, pieces)).toBe(false)
    expect(made).toBe(3)
  })

  it('ends quietly with status 0 when the pipe is closed, and never holds more than the pipe takes', async () => {
    const script = `
      import { openStreet } from ${JSON.stringify(join(import.meta.dirname, '../../src/lib/io/process-street.ts'))}
      import { printPieces } from ${JSON.stringify(join(import.meta.dirname, '../../src/lib/io/print.ts'))}
      const piece = 'x'.repeat(65_535) + '\\n'
      await printPieces(openStreet({ version: '0' }).stdout, (function* () { for (;;) yield piece })())
    `
    await withTempFolder(async folder => {
      const path = join(folder, 'endless.ts')
      await writeFile(path, script)
      const child = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'pipe'] })
      let told = ''
      child.stderr.on('data', (bytes: Buffer) => {
        told += bytes
      })
      await once(child.stdout, 'data')
      child.stdout.destroy()
      const [status] = await once(child, 'close')
      expect({ status, told }).toEqual({ status: 0, told: '' })
    })
  })
})

describe('untilStopped', () => {
  it('hands pieces on until the process is told to stop', async () => {
    const stop = new AbortController()
    const pieces = (function* () {
      yield 'a'
      stop.abort('SIGTERM')
      yield 'b'
    })()
    const seen: unknown[] = []
    const reading = (async () => {
      for await (const piece of untilStopped(pieces, stop.signal)) seen.push(piece)
    })()
    await expect(reading).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
      message: 'stopped before the answer was written',
    })
    expect(seen).toEqual(['a'])
  })
})

describe('writeAnswer', () => {
  it('puts a whole file in the place of another, and leaves nothing beside it', async () => {
    await withTempFolder(async folder => {
      const path = join(folder, 'answer.csv')
      await writeFile(path, 'old and longer than the new one')
      await writeAnswer(path, ['a,b\n', '1,2\n'])
      expect(await readFile(path, 'utf8')).toBe('a,b\n1,2\n')
      expect(await readdir(folder)).toEqual(['answer.csv'])
    })
  })

  it('keeps the mode of the file that it replaces', async () => {
    await withTempFolder(async folder => {
      for (const mode of [0o600, 0o664]) {
        const path = join(folder, `answer-${mode}.csv`)
        await writeFile(path, 'old')
        await chmod(path, mode)
        await writeAnswer(path, ['new'])
        expect(await readFile(path, 'utf8')).toBe('new')
        expect((await stat(path)).mode & 0o777).toBe(mode)
      }
      expect(await readdir(folder)).toHaveLength(2)
    })
  })

  it('keeps a link and writes where it leads', async () => {
    await withTempFolder(async folder => {
      await writeFile(join(folder, 'target'), 'old')
      await symlink('target', join(folder, 'link'))
      await writeAnswer(join(folder, 'link'), ['new'])
      expect(await readlink(join(folder, 'link'))).toBe('target')
      expect(await readFile(join(folder, 'target'), 'utf8')).toBe('new')
    })
  })

  it.each(['twdw.json', 'layer1/tweets/x.csv', 'layer2/new/x.csv', '_state/x.csv'])(
    'writes no file of the lake: %s',
    name =>
      withTempFolder(async folder => {
        await mkdir(join(folder, 'lake/layer1/tweets'), { recursive: true })
        await writeFile(join(folder, 'lake/twdw.json'), '{}')
        await symlink(join(folder, 'lake'), join(folder, 'link'))
        for (const root of ['lake', 'link']) {
          const path = join(folder, root, name)
          await expect(writeAnswer(path, ['gone'], join(folder, 'lake'))).rejects.toMatchObject({ code: 'E_USAGE' })
        }
        expect(await readFile(join(folder, 'lake/twdw.json'), 'utf8')).toBe('{}')
        await writeAnswer(join(folder, 'lake/answer.csv'), ['a\n'], join(folder, 'lake'))
        await writeAnswer(join(folder, 'layer1.csv'), ['a\n'], join(folder, 'lake'))
      }),
  )

  it('writes into a device and does not replace it', async () => {
    await writeAnswer('/dev/null', ['gone'])
    expect(await readFile('/dev/null', 'utf8')).toBe('')
  })

  it('leaves what was there, and nothing beside it, where the making of a later piece fails', async () => {
    await withTempFolder(async folder => {
      const path = join(folder, 'answer.parquet')
      const failing = async function* () {
        yield Uint8Array.of(1, 2, 3)
        throw new Error('the second piece cannot be made')
      }
      await expect(writeAnswer(path, failing())).rejects.toThrow('the second piece cannot be made')
      expect(await readdir(folder)).toEqual([])
      await writeFile(path, 'old')
      await expect(writeAnswer(path, failing())).rejects.toThrow('the second piece cannot be made')
      expect(await readdir(folder)).toEqual(['answer.parquet'])
      expect(await readFile(path, 'utf8')).toBe('old')
    })
  })

  it('writes bytes as they are, piece behind piece', async () => {
    await withTempFolder(async folder => {
      const path = join(folder, 'answer.arrow')
      await writeAnswer(path, ['日', Uint8Array.of(0, 255, 10), ''])
      expect([...(await readFile(path))]).toEqual([230, 151, 165, 0, 255, 10])
    })
  })

  it('says of a device that it is full, and asks for no more pieces', async () => {
    let made = 0
    const pieces = (function* () {
      for (; made < 1000; made++) yield 'x'.repeat(100_000)
    })()
    await expect(writeAnswer('/dev/full', pieces)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: '/dev/full cannot be written: the disk is full',
    })
    expect(made).toBe(0)
  })

  it('writes through a link to a pipe and leaves the link; a reader who has seen enough is no failure', async () => {
    await withTempFolder(async folder => {
      const print = join(import.meta.dirname, '../../src/lib/io/print.ts')
      const script = `
        import { writeAnswer } from ${JSON.stringify(print)}
        const piece = 'x'.repeat(65_535) + '\\n'
        await writeAnswer(process.cwd() + '/' + process.argv[2], (function* () { for (;;) yield piece })())
      `
      await writeFile(join(folder, 'endless.ts'), script)
      await symlink('/proc/self/fd/1', join(folder, 'stdout'))
      const shell = '{ "$0" endless.ts stdout; echo $? > status; } 2> told | head -c 10'
      const child = spawn('sh', ['-c', shell, process.execPath], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] })
      const [bytes] = await once(child.stdout, 'data')
      await once(child, 'close')
      expect(String(bytes)).toBe('xxxxxxxxxx')
      expect(await readFile(join(folder, 'told'), 'utf8')).toBe('')
      expect(await readFile(join(folder, 'status'), 'utf8')).toBe('0\n')
      expect(await readlink(join(folder, 'stdout'))).toBe('/proc/self/fd/1')
    })
  })

  it('says what is wrong with the place', async () => {
    await withTempFolder(async folder => {
      await mkdir(join(folder, 'd'))
      await writeFile(join(folder, 'f'), '')
      await expect(writeAnswer(join(folder, 'd'), ['x'])).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `${folder}/d cannot be written: it is a folder`,
      })
      await expect(writeAnswer(join(folder, 'f/x'), ['x'])).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `${folder}/f/x cannot be written: a part of the path is a file`,
      })
    })
  })
})
