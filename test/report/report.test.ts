/** A report over the lake of fixtures/queries, whose numbers are worked out by hand in its README.md. */
import { describe, expect, it } from 'vitest'
import { sessionPath } from '../../src/lib/domain/paths.ts'
import { reportToPage } from '../../src/lib/domain/picture/report-page.ts'
import { type PartName, rowsOf, type TagReport } from '../../src/lib/domain/picture/tag-report.ts'
import { COUNT_ALL, parseWallTime } from '../../src/lib/domain/question/preset.ts'
import { sessionToText } from '../../src/lib/domain/session.ts'
import { report } from '../../src/lib/report/report.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { openQueryLake, readQueryLakeRows } from '../support/query-lake.ts'
import { sessionRecord } from '../support/session-records.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const NEVER = new AbortController().signal
const ABOUT = { ...COUNT_ALL, tags: ['carnaval'] }
const clock = fixedClock('2030-01-01T00:00:00.000Z')
const carnaval = [{ name: 'carnaval', value: '#carnaval' }]
const SESSIONS = [
  sessionRecord('2019-02-15T13:00:00Z', '2019-02-16T10:00:00Z', { rules: carnaval }),
  sessionRecord('2019-02-16T11:30:00Z', '2019-02-20T00:00:00Z', { rules: carnaval, stopped: '2019-02-20T00:00:00Z' }),
]

async function withLake(look: (ports: Parameters<typeof report>[1], asked: { engines: number }) => Promise<void>) {
  await withTempFolder(async folder => {
    const ports = await openQueryLake(folder, readQueryLakeRows())
    for (const record of SESSIONS) {
      await ports.lake.write(sessionPath(record.session), new TextEncoder().encode(sessionToText(record)))
    }
    const asked = { engines: 0 }
    const openSql: typeof ports.openSql = session => {
      asked.engines += 1
      return ports.openSql(session)
    }
    await look({ ...ports, openSql, clock }, asked)
  })
}

const rowsIn = ({ parts }: TagReport, part: PartName, ...names: string[]) =>
  rowsOf(parts[part], text => names.map(name => text(name) ?? 'null').join(' '))

describe('report', () => {
  it('asks everything of one state of the lake', () =>
    withLake(async (ports, asked) => {
      const made = (await report({ about: ABOUT, batchOnly: false }, ports, NEVER))!
      expect(asked.engines).toBe(1)
      expect(made.totals).toEqual({ tweets: 12, authors: '5', reach: '9007199254742184' })
      expect(made.facts.liveHours).toBe(3)
      expect(rowsIn(made, 'kinds', 'kind', 'tweets')).toEqual(['original 8', 'retweet 2', 'quote 1', 'reply 1'])
      expect(rowsIn(made, 'langs', 'lang', 'tweets')).toEqual(['pt 8', 'en 2', 'es 1', 'ja 1'])
      expect(rowsIn(made, 'authors', 'username', 'tweets', 'followers')).toEqual([
        'ana 4 131',
        'bruno 3 61',
        'carla 2 1000',
        'davi 2 null',
        'yuki 1 9007199254740992',
      ])
      expect(rowsIn(made, 'hashtags', 'hashtag', 'tweets')).toEqual(['samba 3', 'café 1', '日本 1'])
      expect(rowsIn(made, 'pairs', 'hashtag', 'other', 'tweets')).toEqual([])
      expect(rowsIn(made, 'bounds', 'first_at', 'last_at')).toEqual(['2019-02-15T11:05:00 2019-02-18T09:30:00'])
      expect(made.parts.volume.preset?.by).toEqual(['hour'])
      expect(made.coverage.isOfTag).toBe(true)
    }))

  it('keeps to its span and filters, and counts a long one by days', () =>
    withLake(async ports => {
      const [from, to] = [parseWallTime('2019-02-16'), parseWallTime('2019-03-16')]
      const made = (await report({ about: { ...ABOUT, from, to, langs: ['pt'] }, batchOnly: true }, ports, NEVER))!
      expect(made.parts.volume.preset?.by).toEqual(['day'])
      expect(made.parts.volume.rows).toBe(28)
      expect(rowsIn(made, 'langs', 'lang')).toEqual(['pt'])
    }))

  it('counts which hashtags stand beside which, in tweets that have the tag', () =>
    withTempFolder(async folder => {
      const tags = [
        ['x', 'a', 'b'],
        ['x', 'b', 'a', 'c'],
        ['a', 'b'],
        ['x', 'a'],
      ]
      const consolidated = tags.map((hashtags, i) => ({
        tweet_id: String(i + 1),
        created_at: '2024-01-01T10:00:00.000Z',
        hashtags,
      }))
      const ports = await openQueryLake(folder, { timeZone: 'UTC', consolidated, stored: [], journal: [] })
      const made = (await report({ about: { ...ABOUT, tags: ['x'] }, batchOnly: false }, { ...ports, clock }, NEVER))!
      expect(rowsIn(made, 'hashtags', 'hashtag', 'tweets')).toEqual(['a 3', 'b 2', 'c 1'])
      expect(rowsIn(made, 'pairs', 'hashtag', 'other', 'tweets')).toEqual(['a b 2', 'a c 1', 'b c 1'])
      expect(made.coverage).toEqual({ rules: [], isOfTag: false })
      const page = reportToPage(made, { lake: './lake', version: '1.2.3', madeAtMs: 0 }, 'export {}')
      expect(page).toContain('No listening is on record for this time')
    }))

  it('is nothing where no tweet has the tag', () =>
    withLake(async ports => {
      expect(await report({ about: { ...ABOUT, tags: ['axé'] }, batchOnly: false }, ports, NEVER)).toBe(undefined)
    }))
})

describe('reportToPage', () => {
  it('says what was heard of the time, shades the rest, and how every number was come by', () =>
    withLake(async ports => {
      const made = (await report({ about: ABOUT, batchOnly: false }, ports, NEVER))!
      const page = reportToPage(made, { lake: './lake', version: '1.2.3', madeAtMs: 0 }, 'export {}')
      const [, data = '[]'] = /id="drawings">(.*)<\/script>/.exec(page) ?? []
      const [volume] = JSON.parse(data)
      // 10:00 to 11:30 UTC, as the clocks of Sao Paulo showed it
      expect(volume.gaps).toEqual([{ fromMs: Date.UTC(2019, 1, 16, 8), toMs: Date.UTC(2019, 1, 16, 9, 30) }])
      expect(page).toContain('Shaded: not covered')
      expect(page).toContain('1 gap, 1 h 30 min together.')
      expect(page).toContain('<div><dt>tweets</dt><dd>12</dd></div>')
      expect(page).toContain('first tweet 2019-02-15 11:')
      expect(page).toContain('<a href="https://x.com/i/user/')
      expect(page).toContain('twdw report carnaval --lake ./lake</pre>')
      for (const { sql } of Object.values(made.parts))
        expect(page).toContain(sql.split('\n')[0]!.replaceAll("'", '&#39;'))
    }))
})
