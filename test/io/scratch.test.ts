import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Table, vectorFromArray } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { parquetToTable } from '../../src/lib/io/parquet.ts'
import { openScratch } from '../../src/lib/io/scratch.ts'
import { withTempFolder } from '../support/temp-folder.ts'

describe('openScratch', () => {
  it('keeps files where only their owner can read them, until it is disposed of', async () => {
    await withTempFolder(async folder => {
      const scratch = await openScratch(folder)
      const location = await scratch.write('a.parquet', new Table({ n: vectorFromArray([1n, 2n]) }), { repeating: [] })
      expect(location).toBe(`${scratch.path}/a.parquet`)
      expect(statSync(scratch.path).mode & 0o777).toBe(0o700)
      expect((await parquetToTable(await readFile(location))).numRows).toBe(2)
      await scratch.dispose()
      expect(existsSync(scratch.path)).toBe(false)
    })
  })

  it('says where no folder can be made', async () => {
    await withTempFolder(async folder => {
      await expect(openScratch(`${folder}/none`)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `no folder for temporary files can be made in ${folder}/none: ENOENT`,
      })
    })
  })
})
