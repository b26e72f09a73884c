import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { openReplay } from '../../../src/lib/io/source/replay.ts'
import { CAPTURES } from '../../support/folders.ts'
import { withTempFolder } from '../../support/temp-folder.ts'
import { CONTRACT_LINES, describeSource } from './source.contract.ts'

const NOW_MS = Date.parse('2024-01-01T12:00:00Z')
const SILENT: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
}

interface Replay {
  lines: string[]
  capturedAtMs: Set<number>
  error: unknown
}

async function replay(
  files: readonly string[],
  stdin = SILENT,
  signal = new AbortController().signal,
): Promise<Replay> {
  const result: Replay = { lines: [], capturedAtMs: new Set(), error: undefined }
  try {
    for await (const batch of openReplay({ files, stdin, nowMs: () => NOW_MS }).open(signal)) {
      result.lines.push(...batch.lines.map(line => Buffer.from(line).toString()))
      result.capturedAtMs.add(batch.capturedAtMs)
    }
  } catch (error) {
    result.error = error
  }
  return result
}

const lines = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => `{"data":{"id":"${first + i}","text":"日本 ${first + i}"}}`)

describeSource('a file', work =>
  withTempFolder(async folder => {
    const file = join(folder, 'lines.jsonl')
    await writeFile(file, `${CONTRACT_LINES.join('\r\n\r\n')}\r\n`)
    await work(openReplay({ files: [file], stdin: SILENT, nowMs: () => NOW_MS }))
  }),
)

describeSource('standard input', async work => {
  async function* stdin() {
    for (const byte of Buffer.from(CONTRACT_LINES.join('\n'))) yield Uint8Array.of(byte)
  }
  await work(openReplay({ files: ['-'], stdin: stdin(), nowMs: () => NOW_MS }))
})

describe('replay', () => {
  it('reads files one after the other, standard input where `-` stands', async () => {
    await withTempFolder(async folder => {
      const [plain, gzip, zstd] = ['a.jsonl', 'b.jsonl', 'c.jsonl'].map(name => join(folder, name)) as [
        string,
        string,
        string,
      ]
      await writeFile(plain, lines(1, 3).join('\n'))
      await writeFile(gzip, gzipSync(`${lines(4, 5).join('\r\n')}\r\n\r\n`))
      await writeFile(zstd, zstdCompressSync(Buffer.from(lines(8, 9).join('\n'))))
      async function* stdin() {
        yield gzipSync(lines(6, 7).join('\n'))
      }
      const { lines: read, capturedAtMs, error } = await replay([plain, gzip, '-', zstd], stdin())
      expect(error).toBeUndefined()
      expect(read).toEqual(lines(1, 9))
      expect([...capturedAtMs]).toEqual([NOW_MS])
    })
  })

  it('gives a printed document as one line, and each line of a mixed file', async () => {
    await withTempFolder(async folder => {
      const file = join(folder, 'mixed.json')
      const document = { statuses: [{ id_str: '1', text: 'a { "b' }], search_metadata: {} }
      await writeFile(
        file,
        [...lines(1, 1), '{"torn": "here', JSON.stringify(document, null, 2), ...lines(2, 2)].join('\n'),
      )
      const { lines: read } = await replay([file])
      expect(read).toHaveLength(4)
      expect([read[0], read[1], read[3]]).toEqual([...lines(1, 1), '{"torn": "here', ...lines(2, 2)])
      expect(JSON.parse(read[2] ?? '')).toEqual(document)
    })
  })

  it('keeps what is torn in one file from the next', async () => {
    await withTempFolder(async folder => {
      const [torn, whole] = [join(folder, 'torn.json'), join(folder, 'whole.jsonl')]
      await writeFile(torn, '[\n{"id":"1"},\n')
      await writeFile(whole, lines(2, 2).join('\n'))
      expect((await replay([torn, whole])).lines).toEqual(['[ {"id":"1"},', ...lines(2, 2)])
    })
  })

  it('gives every line of a file of many chunks once', async () => {
    await withTempFolder(async folder => {
      const file = join(folder, 'large.jsonl')
      await writeFile(file, lines(1, 40_000).join('\n'))
      expect((await replay([file])).lines).toEqual(lines(1, 40_000))
    })
  })

  it('reads no line of any file when one of them is not there', async () => {
    await withTempFolder(async folder => {
      const [file, missing] = [join(folder, 'a.jsonl'), join(folder, 'b.jsonl')]
      await writeFile(file, lines(1, 2).join('\n'))
      const { lines: read, error } = await replay([file, missing])
      expect(read).toEqual([])
      expect(error).toMatchObject({
        code: 'E_SOURCE',
        message: `cannot read ${missing}: there is no such file; 0 lines of it were read`,
        hint: 'check the name behind --from',
      })
    })
  })

  it('refuses a folder', async () => {
    await withTempFolder(async folder => {
      await mkdir(join(folder, 'archive'))
      expect((await replay([join(folder, 'archive')])).error).toMatchObject({
        code: 'E_SOURCE',
        message: `cannot read ${join(folder, 'archive')}: it is a folder; 0 lines of it were read`,
        hint: 'name the files in it',
      })
    })
  })

  it('gives the lines of a compressed file up to where it breaks off, and says how many', async () => {
    await withTempFolder(async folder => {
      const file = join(folder, 'cut.gz')
      await writeFile(file, gzipSync(lines(1, 5000).join('\n')).subarray(0, -5))
      const { lines: read, error } = await replay([file])
      expect(read.length).toBeGreaterThan(1000)
      expect(read).toEqual(lines(1, read.length))
      expect(error).toMatchObject({
        code: 'E_SOURCE',
        message: `cannot read ${file}: unexpected end of file; ${read.length} lines of it were read`,
      })
    })
  })

  it('names standard input when that fails', async () => {
    async function* failing() {
      yield Buffer.from(`${lines(1, 1)[0]}\n`)
      throw new Error('the pipe broke')
    }
    const { lines: read, error } = await replay(['-'], failing())
    expect(read).toEqual(lines(1, 1))
    expect(error).toMatchObject({
      code: 'E_SOURCE',
      message: 'cannot read standard input: the pipe broke; 1 line of it was read',
    })
  })

  it('ends at once when it is stopped while standard input is silent', async () => {
    const stop = new AbortController()
    const reading = replay(['-'], SILENT, stop.signal)
    stop.abort()
    expect(await reading).toMatchObject({ lines: [], error: undefined })
  })

  it('ends between two batches when it is stopped, without the torn rest', async () => {
    const stop = new AbortController()
    async function* stdin() {
      yield Buffer.from(`${lines(1, 1)[0]}\n{"torn`)
      stop.abort()
      yield Buffer.from('"}\n')
    }
    expect(await replay(['-'], stdin(), stop.signal)).toMatchObject({ lines: lines(1, 1), error: undefined })
  })

  it('gives nothing of an empty file', async () => {
    await withTempFolder(async folder => {
      await writeFile(join(folder, 'empty'), '')
      expect(await replay([join(folder, 'empty')])).toMatchObject({ lines: [], error: undefined })
    })
  })

  it.skipIf(!existsSync(join(CAPTURES, 'v1-search.json')))(
    'gives a real search answer, printed over 20,000 lines, as one',
    async () => {
      const { lines: read } = await replay([join(CAPTURES, 'v1-search.json'), join(CAPTURES, 'flat.jsonl')])
      expect(read).toHaveLength(101)
      expect(JSON.parse(read[0] ?? '')).toMatchObject({ search_metadata: { count: 100 } })
    },
  )
})
