import { describe, expect, it } from 'vitest'
import { COUNT_ALL, parseWallTime } from '../../../src/lib/domain/question/preset.ts'
import { presetTitle, questionToCommand, reportToCommand } from '../../../src/lib/domain/question/question-words.ts'

const EVERYTHING = {
  ...COUNT_ALL,
  tags: ['covid19', "d'água", '$(rm)'],
  by: ['day' as const, 'lang' as const],
  metric: 'retweets' as const,
  from: parseWallTime('2024-01-01'),
  to: parseWallTime('2024-01-02T10'),
  langs: ['pt'],
  kinds: ['reply' as const],
  users: [{ username: 'ana' }, { id: '501' }],
  top: 3,
  order: 'most' as const,
}

describe('questionToCommand', () => {
  it('asks the same again, and gives a shell nothing to run', () => {
    expect(questionToCommand({ preset: EVERYTHING }, ['--lake', './my lake'])).toBe(
      "twdw query --tag covid19 --tag 'd'\\''água' --tag '$(rm)' --by day --by lang --metric retweets --from 2024-01-01 " +
        "--to 2024-01-02T10 --lang pt --kind reply --user @ana --user 501 --top 3 --order most --lake './my lake'",
    )
    expect(questionToCommand({ sql: "SELECT 'a'", readsAllFiles: false })).toBe("twdw query --sql 'SELECT '\\''a'\\'''")
    expect(questionToCommand({ sql: 'FROM x', readsAllFiles: true })).toBe("twdw query --sql 'FROM x' --allow-files")
    const soFar = { ...COUNT_ALL, by: ['day' as const, 'kind' as const], cumulative: true, pivot: 'last' as const }
    expect(questionToCommand({ preset: soFar })).toBe('twdw query --by day --by kind --cumulative --pivot last')
    expect(questionToCommand({ preset: { ...COUNT_ALL, compare: 'previous' } })).toBe('twdw query --compare previous')
    expect(questionToCommand({ preset: { ...COUNT_ALL, allTags: true } })).toBe('twdw query --all-tags')
    expect(reportToCommand({ ...COUNT_ALL, tags: ['covid19'], langs: ['pt'] }, ['--lake', 'l'])).toBe(
      'twdw report covid19 --lang pt --lake l',
    )
  })
})

describe('presetTitle', () => {
  it.each([
    [{}, 'Tweets'],
    [{ tags: ['a', 'b'], by: ['hour-of-day' as const] }, 'Tweets with #a, #b by hour of the day'],
    [{ allTags: true, metric: 'authors' as const, top: 10 }, 'Authors of every hashtag, the 10 greatest only'],
    [{ tags: ['a'], by: ['hashtag' as const], top: 5 }, 'Tweets with #a by co-occurring hashtag, the 5 greatest'],
    [{ metric: 'likes' as const, by: ['hashtag' as const], langs: ['pt'] }, 'Likes of tweets by hashtag, in pt'],
    [{ kinds: ['reply' as const], users: [{ username: 'ana' }] }, 'Tweets, reply only, written by @ana'],
    [{ by: ['day' as const], cumulative: true }, 'Tweets by day, added up'],
    [{ by: ['lang' as const], compare: 'previous' as const }, 'Tweets by language, beside the span before'],
  ])('of %j is %s', (preset, title) => {
    expect(presetTitle({ ...COUNT_ALL, ...preset })).toBe(title)
  })
})
