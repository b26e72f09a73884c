import { describe, expect, it } from 'vitest'
import { choicesFor, namesFor, type Suggestion, tagsFor, wantedAt } from '../../../src/lib/domain/shell/completion.ts'

const TAGS = ['covid19', 'vacina', 'covid', 'carnaval', "l'amour", 'axé']

/** What Tab gives: the word that is replaced, and the candidates. */
function tags(before: string): [string, string[]] | undefined {
  const wanted = wantedAt(before)
  return wanted.kind === 'tags' ? [wanted.word, tagsFor(wanted, TAGS)] : undefined
}

describe('hashtags', () => {
  it.each([
    ["select * from hashtag where tag = 'co", 'co', ["covid19'", "covid'"]],
    ["where h.tag='va", 'va', ["vacina'"]],
    ["where tag <> 'c", 'c', ["covid19'", "covid'", "carnaval'"]],
    ["where tag in ('covid', 'va", 'va', ["vacina'"]],
    ["where TAG = '#Cov", '#Cov', ["covid19'", "covid'"]],
    ["where tag = 'L", 'L', ["l''amour'"]],
    ["where tag = 'AX", 'AX', ["axé'"]],
    ['where tag = #co', '#co', ["'covid19'", "'covid'"]],
    ['select #', '#', ["'covid19'", "'vacina'", "'covid'", "'carnaval'", "'l''amour'", "'axé'"]],
  ])('complete what is compared with a tag, most used first: %s', (before, word, candidates) => {
    expect(tags(before)).toEqual([word, candidates])
  })

  it.each([
    "where lang = 'co",
    "where tag = 'covid' and lang = 'c",
    "select 'tag = ''c",
    '-- tag = #c',
    '/* #c',
    '"#c',
  ])('are not meant elsewhere: %s', before => {
    expect(tags(before)).toBeUndefined()
  })

  it('are no more than a person looks through', () => {
    const wanted = wantedAt("tag = '")
    const many = Array.from({ length: 1000 }, (_, i) => `t${i}`)
    expect(wanted.kind === 'tags' && tagsFor(wanted, many).length).toBe(100)
  })
})

describe('commands of the shell', () => {
  it.each([
    ['.', '.', ['.help', '.tables', '.schema', '.format', '.once', '.timing', '.quit']],
    ['.t', '.t', ['.tables', '.timing']],
    ['.timing o', 'o', ['on', 'off']],
    ['.format c', 'c', ['csv', 'chart']],
  ])('are completed: %s', (before, word, candidates) => {
    const wanted = wantedAt(before)
    expect([wanted.word, wanted.kind === 'choices' && choicesFor(wanted)]).toEqual([word, candidates])
  })

  it('ask for the name of a view, and of no file', () => {
    expect(wantedAt('.schema fac')).toEqual({ kind: 'sql', word: 'fac', sql: 'DESCRIBE fac', owner: undefined })
    expect(wantedAt('.once fac')).toEqual({ kind: 'nothing', word: 'fac' })
  })
})

describe('a statement', () => {
  const COLUMNS = new Map([
    ['fact_tweet', ['tweet_id', 'lang', 'likes', 'text']],
    ['dim_lang', ['lang', 'name']],
    ['place', ['latitude', 'name']],
  ])
  const SUGGESTIONS: Suggestion[] = [
    { text: 'latitude', type: 'column' },
    { text: 'lang', type: 'column' },
    { text: '"text"', type: 'column' },
    { text: '"language"', type: 'table' },
    { text: 'lateral ', type: 'keyword' },
    { text: 'last_day', type: 'scalar_function' },
    { text: '+', type: 'keyword' },
  ]
  const complete = (before: string, after = '') => {
    const wanted = wantedAt(before)
    return wanted.kind === 'sql' ? namesFor(wanted, before + after, SUGGESTIONS, COLUMNS) : undefined
  }

  it('is asked about alone, without those before it', () => {
    expect(wantedAt("select ';'; select la")).toEqual({ kind: 'sql', word: 'la', sql: ' select la', owner: undefined })
  })

  it('goes on with what begins so, columns of its views first, also of those behind the cursor', () => {
    expect(complete('select la')).toEqual(['latitude', 'lang', '"language"', 'lateral ', 'last_day'])
    const fromFacts = ['lang', 'latitude', '"language"', 'lateral ', 'last_day']
    expect(complete('select la', ' from fact_tweet')).toEqual(fromFacts)
    expect(complete('select a from FACT_TWEET where la')).toEqual(fromFacts)
  })

  it('keeps to columns behind a dot: of the view, or of the views that may go by that name', () => {
    expect(complete('select dim_lang.')).toEqual(['lang', 'name'])
    expect(complete('select f.l', ' from fact_tweet f')).toEqual(['lang', 'likes'])
    expect(complete('select p.la')).toEqual(['lang', 'latitude'])
  })

  it('finds a quoted name by what is in the quotes, whichever way it was begun', () => {
    expect(complete('select te')).toEqual(['"text"'])
    expect(complete('select "te')).toEqual(['"text"'])
    expect(complete('select "LAN')).toEqual(['lang', '"language"'])
  })

  it('is shouted where it was begun so', () => {
    expect(complete('from t, LAT')).toEqual(['latitude', 'LATERAL '])
  })

  it('goes on with nothing in a text or a comment', () => {
    expect(wantedAt("select 'la").kind).toBe('nothing')
    expect(wantedAt('select /* la').kind).toBe('nothing')
  })
})
