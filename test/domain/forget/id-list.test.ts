import { describe, expect, it } from 'vitest'
import { IdList, parseTweetSource, parseUserSource } from '../../../src/lib/domain/forget/id-list.ts'

function read(kind: 'tweet' | 'user', ...lines: string[]): IdList {
  const list = new IdList(kind, 'ids.txt')
  for (const line of lines) list.add(line)
  return list
}

describe('a list of ids', () => {
  it.each([
    ['an id a line', ['1741765000000101001', '', ' 9007199254740993\r', '"7"']],
    [
      'a CSV with a header',
      ['created_at,tweet_id,text', '2024,1741765000000101001,"a, ""b"""', ',9007199254740993,', ',7,x'],
    ],
    ['a CSV of one column', ['tweet_id', '1741765000000101001', '9007199254740993', '7']],
    ['a TSV', ['"id"\ttext', '1741765000000101001\ta', '"9007199254740993"\tb', '7\t']],
    [
      'JSON lines',
      ['{"tweet_id":1741765000000101001}', '{"id":"9007199254740993","text":"x"}', '{"id_str":"7","id":6}'],
    ],
  ])('is read as %s, with every digit', (_, lines) => {
    expect(read('tweet', ...lines).ids).toEqual(['1741765000000101001', '9007199254740993', '7'])
  })

  it('takes of the results of a compliance job what is to be deleted, and counts the rest by what is asked for', () => {
    const result = (id: string, action: string, reason: string) =>
      `{"id":"${id}","action":"${action}","created_at":"2024-01-01T00:00:00.000Z","redacted_at":"2024-02-01T00:00:00.000Z","reason":"${reason}"}`
    const list = read(
      'tweet',
      result('1', 'delete', 'deleted'),
      result('2', 'scrub_geo', 'geo_scrubbed'),
      result('3', 'delete', 'protected'),
      result('4', 'rehydrate', 'tweet_edited'),
      result('5', 'scrub_geo', 'geo_scrubbed'),
    )
    expect(list.ids).toEqual(['1', '3'])
    expect([...list.others]).toEqual([
      ['scrub_geo', 2],
      ['rehydrate', 1],
    ])
  })

  it('takes the users of a list of users, and never the tweets beside them', () => {
    expect(read('user', 'tweet_id,user_id', '9,501').ids).toEqual(['501'])
    expect(read('user', '{"id":"501","action":"delete","reason":"suspended"}').ids).toEqual(['501'])
  })

  it.each([
    [['abc'], 'line 1 of ids.txt holds no tweet id: "abc"'],
    [['1', '', '0123'], 'line 3 of ids.txt holds no tweet id: "0123"'],
    [['9223372036854775808'], 'line 1 of ids.txt holds no tweet id: "9223372036854775808"'],
    [['id,text', '7,"torn'], 'line 2 of ids.txt holds no tweet id: "7,"torn"'],
    [['id,text', '7'], 'line 2 of ids.txt holds no tweet id: "7"'],
    [['7,8'], 'line 1 of ids.txt holds no tweet id: "7,8"'],
    [['{"user_id":"7"}'], 'line 1 of ids.txt holds no tweet id: "{"user_id":"7"}"'],
    [['{"id":"7"'], 'line 1 of ids.txt holds no tweet id: "{"id":"7""'],
  ])('refuses a line without an id: %s', (lines, message) => {
    expect(() => read('tweet', ...lines)).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message,
        hint: 'write one id a line, or JSON lines or CSV with the ids under the name tweet_id or id_str or id; nothing was forgotten',
      }),
    )
  })
})

describe('a word that names what to forget', () => {
  it('is an id, a link to a tweet, a file or standard input', () => {
    expect(
      [
        '1741765000000101001',
        'https://x.com/ana/status/17?s=20',
        'https://mobile.twitter.com/ana/status/18',
        'ids.txt',
        '-',
        './17',
      ].map(parseTweetSource),
    ).toEqual([
      { id: '1741765000000101001' },
      { id: '17' },
      { id: '18' },
      { file: 'ids.txt' },
      { file: '-' },
      { file: './17' },
    ])
    expect(['501', 'users.csv'].map(parseUserSource)).toEqual([{ id: '501' }, { file: 'users.csv' }])
  })

  it('is never a name: another may bear it by now', () => {
    expect(() => parseUserSource('@Ana')).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: '"@Ana" is a name, which others may bear before and after; users are forgotten by id',
        hint: `find the ids that bore it: twdw query --sql "SELECT DISTINCT user_id FROM dim_user WHERE lower(username) = 'ana'"`,
      }),
    )
  })

  it('is no id where it has leading zeros or is too large', () => {
    expect(() => parseTweetSource('007')).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: '"007" is no tweet id',
        hint: 'ids are digits, without leading zeros; a file of that name is ./007',
      }),
    )
  })
})
