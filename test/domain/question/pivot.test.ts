import { describe, expect, it } from 'vitest'
import { firstCountOf, pivotTable } from '../../../src/lib/domain/question/pivot.ts'
import { COUNT_ALL, type Preset } from '../../../src/lib/domain/question/preset.ts'
import { createWallClock } from '../../../src/lib/domain/time-zone.ts'
import { answerTable, rowTexts } from '../../support/answer-table.ts'

const ZONE = { name: 'America/Sao_Paulo', clock: createWallClock('America/Sao_Paulo') }

function pivot(columns: Parameters<typeof answerTable>[0], change: Partial<Preset>): string[] {
  const table = pivotTable(answerTable(columns), { ...COUNT_ALL, pivot: 'last', ...change }, ZONE)
  return [table.schema.fields.map(({ name }) => name).join(' | '), ...rowTexts(table, ZONE)]
}

describe('pivotTable', () => {
  const langs = {
    lang: ['en', 'en', 'pt', 'pt', 'und'],
    kind: ['reply', 'quote', 'quote', 'original', 'original'],
    tweets: [1, 2, 3, 4, 5],
  }

  it('lays things across, those of which there is most first, and has 0 for what does not occur', () => {
    expect(pivot(langs, { by: ['lang', 'kind'] })).toEqual([
      'lang | original | quote | reply',
      'pt 4 3 0',
      'und 5 0 0',
      'en 0 2 1',
    ])
  })

  it('follows --order on both sides', () => {
    expect(pivot(langs, { by: ['lang', 'kind'], order: 'least' })).toEqual([
      'lang | reply | quote | original',
      'en 1 2 0',
      'und 0 0 5',
      'pt 0 3 4',
    ])
    expect(pivot(langs, { by: ['lang', 'kind'], order: 'key', pivot: 'lang' })).toEqual([
      'kind | en | pt | und',
      'original 0 4 5',
      'quote 2 3 0',
      'reply 1 0 0',
    ])
  })

  it('does not call 0 what --top has left out', () => {
    expect(pivot(langs, { by: ['lang', 'kind'], top: 5 })).toEqual([
      'lang | original | quote | reply',
      'pt 4 3 –',
      'und 5 – –',
      'en – 2 1',
    ])
  })

  it('lays times across as they passed, the hour that the clocks had twice too, and keeps what is not known', () => {
    const columns = {
      kind: ['reply', 'reply', 'reply'],
      hour: ['2019-02-17T02:00Z', '2019-02-17T01:00Z', '2019-02-17T03:00Z'],
      tweets: [1, null, 9],
    }
    expect(pivot(columns, { by: ['kind', 'hour'], order: 'most' })).toEqual([
      'kind | 2019-02-16T23:00-02:00 | 2019-02-16T23:00-03:00 | 2019-02-17T00:00-03:00',
      'reply – 1 9',
    ])
    expect(pivot({ day: ['2024-01-01'], year: [2024], tweets: [1] }, { by: ['day', 'year'], pivot: 'day' })).toEqual([
      'year | 2024-01-01',
      '2024 1',
    ])
  })

  it('calls users by their names, one without a name by its id, and two of one name apart', () => {
    const columns = {
      lang: ['pt', 'pt', 'pt', 'en'],
      user_id: ['9007199254740993', '2', '3', '3'],
      username: ['ana', 'ana', null, null],
      tweets: [4, 3, 1, 1],
    }
    expect(pivot(columns, { by: ['lang', 'user'] })).toEqual(['lang | @ana | @ana (2) | 3', 'pt 4 3 1', 'en 0 0 1'])
    expect(pivot(columns, { by: ['lang', 'user'], pivot: 'lang' })).toEqual([
      'user_id | username | pt | en',
      '9007199254740993 ana 4 0',
      '2 ana 3 0',
      '3 – 1 1',
    ])
  })

  it('takes neither a hashtag, a place nor a rule for a column that is there already, and loses no null', () => {
    const hashtags = { day: ['2024-01-01', '2024-01-01'], hashtag: ['day', '__proto__'], tweets: [2, 1] }
    expect(pivot(hashtags, { by: ['day', 'hashtag'] })[0]).toBe('day | #day | #__proto__')
    const rules = { day: ['2024-01-01', '2024-01-01'], rule: ['day', '__proto__'], tweets: [2, 1] }
    expect(pivot(rules, { by: ['day', 'rule'] })).toEqual(['day | day (2) | __proto__', '2024-01-01 2 1'])
    const places = {
      lang: [null, 'pt'],
      place_id: ['p1', 'p2'],
      place: ['Rio, Brasil', 'Rio, Brasil'],
      country_code: ['BR', 'BR'],
      tweets: [2, 1],
    }
    expect(pivot(places, { by: ['lang', 'place'] })[0]).toBe('lang | Rio, Brasil | Rio, Brasil (p2)')
    expect(pivot(places, { by: ['lang', 'place'], pivot: 'lang' })[0]).toBe(
      'place_id | place | country_code | null | pt',
    )
  })

  it('lays tags across without keeping them together any more', () => {
    const columns = { tag: ['a', 'a', 'b'], lang: ['pt', 'en', 'en'], tweets: [1, 2, 9] }
    expect(pivot(columns, { tags: ['a', 'b'], by: ['lang'], pivot: 'tag' })).toEqual([
      'lang | #b | #a',
      'en 9 2',
      'pt 0 1',
    ])
  })

  it('has no heading where nothing was found, and refuses more of them than anybody reads', () => {
    expect(pivot({ day: [], kind: [], tweets: [] }, { by: ['day', 'kind'] })).toEqual(['day'])
    const users = Array.from({ length: 201 }, (_, i) => String(i + 1))
    const columns = { lang: users.map(() => 'pt'), user_id: users, username: users, tweets: users.map(() => 1) }
    expect(() => pivot(columns, { by: ['lang', 'user'] })).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: '--pivot would make 201 columns of user, and the limit is 200',
      }),
    )
  })
})

describe('firstCountOf', () => {
  it.each<[Partial<Preset>, number]>([
    [{}, 0],
    [{ tags: ['a', 'b'], by: ['day', 'user'] }, 4],
    [{ tags: ['a', 'b'], by: ['day', 'user'], pivot: 'last' }, 2],
    [{ by: ['day', 'place'], pivot: 'day' }, 3],
  ])('is for %j behind %i columns', (change, count) => {
    expect(firstCountOf({ ...COUNT_ALL, ...change })).toBe(count)
  })
})
