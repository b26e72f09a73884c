import { mkdirSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TwdwError } from '../../../src/lib/errors.ts'
import type { Lake } from '../../../src/lib/io/lake.ts'
import { openLocalLake } from '../../../src/lib/io/lake-local.ts'
import { lakeForSpark } from '../../../src/lib/io/spark/lake.ts'
import { openLakeScratch } from '../../../src/lib/io/spark/scratch.ts'
import { fixedClock } from '../../support/fixed-clock.ts'
import { layer1Table } from '../../support/layer1-rows.ts'
import { createMemoryLake } from '../../support/memory-lake.ts'
import { withTempFolder } from '../../support/temp-folder.ts'

const clock = fixedClock('2030-01-01T00:00:00.000Z')
const localLake = (folder: string) => openLocalLake(join(folder, 'lake'), { holder: 'a test', clock })
const table = layer1Table([{ tweet_id: '1', created_at: '2024-01-01T10:00:00.000Z' }])

describe('a lake as Spark has it', () => {
  it('names files as the cluster opens them, and brings none', async () => {
    const local = lakeForSpark({ ...createMemoryLake(), url: '/shared/my lake' } as Lake)
    expect([local.folder, await local.bring(['layer2/a.parquet'])]).toEqual([
      'file:/shared/my lake',
      ['file:/shared/my lake/layer2/a.parquet'],
    ])
    const far = lakeForSpark({ ...createMemoryLake(), url: 's3://bucket/lakes/covid' } as Lake)
    expect([far.folder, await far.bring(['a'])]).toEqual(['s3a://bucket/lakes/covid', ['s3a://bucket/lakes/covid/a']])
  })

  it('asks for stamps together that are asked for at one time', async () => {
    const asked: string[][] = []
    const stampsOf = async (paths: readonly string[]) => {
      asked.push([...paths])
      return paths.map(path => (path === 'gone' ? undefined : `stamp of ${path}`))
    }
    const { stampOf } = lakeForSpark({ ...createMemoryLake(), url: 's3://b/l', stampsOf } as Lake)
    expect(await Promise.all(['a', 'gone', 'b'].map(path => stampOf(`s3a://b/l/${path}`)))).toEqual([
      'stamp of a',
      undefined,
      'stamp of b',
    ])
    await stampOf('s3a://b/l/c')
    expect(asked).toEqual([['a', 'gone', 'b'], ['c']])
  })

  it('does not touch what the lake keeps on this machine', () => {
    const lake = Object.defineProperty({ ...createMemoryLake(), url: 's3://b/l' }, 'folder', {
      get: () => {
        throw new Error('a folder was made')
      },
    })
    expect(lakeForSpark(lake as Lake).folder).toBe('s3a://b/l')
  })
})

describe('scratch in a lake', () => {
  it('has its files where no listing shows them, and leaves nothing behind', () =>
    withTempFolder(async folder => {
      const lake = lakeForSpark(localLake(folder))
      const scratch = await openLakeScratch(lake, clock.nowMs())
      const location = await scratch.write('a.parquet', table, { repeating: [] })
      expect(location).toMatch(/^file:.*\/lake\/_scratch\/[0-9a-f-]{36}\/a\.parquet$/)
      expect(await lake.stampOf(location)).not.toBe(undefined)
      expect(await lake.list('')).toEqual([])
      await scratch.dispose()
      expect(await lake.stampOf(location)).toBe(undefined)
      expect(readdirSync(lake.url)).not.toContain('_scratch')
    }))

  it('takes away what was left for a day, and nothing that is younger', () =>
    withTempFolder(async folder => {
      const lake = localLake(folder)
      for (const [name, hours] of [
        ['old', 25],
        ['young', 1],
      ] as const) {
        const path = join(lake.url, '_scratch', name)
        mkdirSync(path, { recursive: true })
        const at = clock.nowMs() / 1000 - hours * 3600
        utimesSync(path, at, at)
      }
      await (await openLakeScratch(lakeForSpark(lake), clock.nowMs())).dispose()
      expect(readdirSync(join(lake.url, '_scratch'))).toEqual(['young'])
    }))

  it('removes its objects from a bucket', async () => {
    const paths: string[] = []
    const lake = { ...createMemoryLake(), url: 's3://bucket/lake' } as Lake
    const remove = async (path: string) => void paths.push(path)
    const scratch = await openLakeScratch(lakeForSpark({ ...lake, remove }), clock.nowMs())
    const location = await scratch.write('a.parquet', table, { repeating: [] })
    await scratch.dispose()
    expect(paths.map(path => `s3a://bucket/lake/${path}`)).toEqual([location])
  })

  it('says why it writes, when it must not', async () => {
    const write = async () => {
      throw new TwdwError('E_REFUSED', 's3://bucket/lake/x cannot be written')
    }
    const lake = lakeForSpark({ ...createMemoryLake(), url: 's3://bucket/lake', write } as Lake)
    const scratch = await openLakeScratch(lake, clock.nowMs())
    await expect(scratch.write('a.parquet', table, { repeating: [] })).rejects.toMatchObject({
      code: 'E_REFUSED',
      message:
        'tweets that are not consolidated yet have to be put where Spark can read them: s3://bucket/lake/x cannot be written',
      hint: 'run `twdw consolidate` first and ask with --batch-only, which writes nothing',
    })
  })
})
