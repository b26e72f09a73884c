import { describe, expect, it } from 'vitest'
import { type LakeTagsPorts, readLakeTags } from '../../src/lib/completion/lake-tags.ts'
import { dailyPath, sessionPath } from '../../src/lib/domain/paths.ts'
import { type SessionRecord, sessionToText } from '../../src/lib/domain/session.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import { openQueryLake, readQueryLakeRows } from '../support/query-lake.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const session = (name: string, tags: string[]): SessionRecord => ({
  format: 1,
  session: name,
  source: 'stream',
  tags,
  rules: [],
  from: '2024-01-01T00:00:00Z',
  to: '2024-01-01T01:00:00Z',
  ended: null,
  stopped: null,
  lines: 0,
  tweets: 0,
  rejected: 0,
})

/** @param work gets what the ports did: statements asked, and what the cache holds */
const withLake = (work: (ports: LakeTagsPorts, seen: { engines: number; kept: string | undefined }) => Promise<void>) =>
  withTempFolder(async folder => {
    const { lake, openSql } = await openQueryLake(folder, readQueryLakeRows())
    const seen = { engines: 0, kept: undefined as string | undefined }
    const notes = {
      read: async () => seen.kept,
      write: async (text: string) => {
        seen.kept = text
      },
    }
    await work({ lake, notes, openSql: asked => openSql(asked).finally(() => seen.engines++) }, seen)
  })

describe('readLakeTags', () => {
  it('has the tags of tweets, the most used first, and behind them those that were listened for', () =>
    withLake(async ports => {
      const write = (name: string, tags: string[]) =>
        ports.lake.write(sessionPath(name), new TextEncoder().encode(sessionToText(session(name, tags))))
      await write('a', ['samba', 'frevo'])
      await ports.lake.write(sessionPath('b'), new TextEncoder().encode('{'))
      expect(await readLakeTags(ports)).toEqual(['carnaval', 'samba', 'café', 'frevo'])
    }))

  it('counts once for the same files, and again when one of them is another one', () =>
    withLake(async (ports, seen) => {
      const first = await readLakeTags(ports)
      expect(await readLakeTags(ports)).toEqual(first)
      expect(seen.engines).toBe(1)
      await ports.lake.remove(dailyPath('agg_hashtag_hour', '2019-02-15'))
      await readLakeTags(ports)
      expect(seen.engines).toBe(2)
      for (const kept of ['{', 'null', '{"of": 1, "tags": []}', `{"of": "x", "tags": ["y"]}`]) {
        seen.kept = kept
        expect(await readLakeTags(ports)).toEqual(['carnaval', 'café', 'samba'])
      }
      expect(seen.engines).toBe(6)
    }))

  it('asks no engine where nothing is consolidated', () =>
    withTempFolder(async folder => {
      const { lake } = await openQueryLake(folder, { ...readQueryLakeRows(), consolidated: [] })
      const never = () => Promise.reject(new TwdwError('E_LAKE', 'nobody was to ask'))
      expect(await readLakeTags({ lake, notes: undefined, openSql: never })).toEqual([])
    }))
})
