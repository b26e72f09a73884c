import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readTextLines } from '../../src/lib/io/text-lines.ts'
import { withTempFolder } from '../support/temp-folder.ts'

async function* chunksOf(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text)
}

const linesOf = (file: string, stdin = chunksOf()) => Array.fromAsync(readTextLines(file, stdin))

describe('lines of a text', () => {
  it('come whole, wherever the chunks were cut, blank ones too, the last one with or without its end', async () => {
    expect(await linesOf('-', chunksOf('1\n', '2', '3\n\n', '4'))).toEqual(['1', '23', '', '4'])
    expect(await linesOf('-', chunksOf('1\n'))).toEqual(['1', ''])
  })

  it('keep characters whole that a chunk cuts, and a carriage return', async () => {
    const bytes = new TextEncoder().encode('é\r\n2')
    async function* one(): AsyncGenerator<Uint8Array> {
      for (const byte of bytes) yield Uint8Array.of(byte)
    }
    expect(await linesOf('-', one())).toEqual(['é\r', '2'])
  })

  it('are read from files, compressed or with a byte order mark', () =>
    withTempFolder(async folder => {
      await writeFile(join(folder, 'a'), '\uFEFF1\n2\n')
      await writeFile(join(folder, 'b'), gzipSync('1\n2\n'))
      for (const name of ['a', 'b']) expect(await linesOf(join(folder, name))).toEqual(['1', '2', ''])
    }))

  it('are missed with a reason', () =>
    withTempFolder(async folder => {
      await writeFile(join(folder, 'torn'), gzipSync('1\n2\n').subarray(0, -6))
      const failure = (name: string) => linesOf(join(folder, name)).catch(error => error)
      expect(await failure('none')).toMatchObject({
        code: 'E_USAGE',
        message: `cannot read ${folder}/none: there is no such file`,
        hint: 'check its name, and that it is whole',
      })
      expect(await failure('.')).toMatchObject({ code: 'E_USAGE', message: `cannot read ${folder}: it is a folder` })
      expect(await failure('torn')).toMatchObject({ code: 'E_USAGE' })
    }))
})
