import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutLine } from '../../../src/lib/domain/forget/cut-line.ts'
import { forgottenOf } from '../../../src/lib/domain/forget/forgotten.ts'

const GONE = '1741765000000101001'
const forgotten = forgottenOf([{ tweets: [GONE], users: ['501'] }])

function cut(line: string): { text: string; tweets: string[] } {
  const { bytes, tweets } = cutLine(new TextEncoder().encode(line), forgotten)
  return { text: new TextDecoder().decode(bytes), tweets: [...tweets] }
}

const INDENTED = '{ "data": {"id":"9","text":"see","referenced_tweets":[{"type":"quoted","id":"1741765000000101001"}]},'

describe('a line without what others in it have to be forgotten', () => {
  it('is the very same bytes where there is nothing to cut, though the ids stand in it', () => {
    const bytes = new TextEncoder().encode(
      '{"data":{"id":"9","text":"@ana","author_id":"7","in_reply_to_user_id":"501","conversation_id":"1741765000000101001",' +
        '"entities":{"mentions":[{"start":0,"end":4,"username":"ana","id":"501"}]}},"includes":{"users":[{"id":"7","username":"bo"}]}}',
    )
    expect(cutLine(bytes, forgotten).bytes).toBe(bytes)
  })

  it('has no forgotten tweet among its includes, and every other byte as it was', () => {
    const { text, tweets } = cut(
      `${INDENTED} "includes" : { "tweets":[ {"id":"1741765000000101001","text":"secret"} , {"id":"8","text":"kept é"} ] } , "matching_rules":[] }`,
    )
    expect(text).toBe(`${INDENTED} "includes" : { "tweets":[ {"id":"8","text":"kept é"} ] } , "matching_rules":[] }`)
    expect(tweets).toEqual([GONE])
  })

  it.each([
    [
      'the last of two',
      '[{"id":"8","text":"kept"},{"id":"1741765000000101001","text":"secret"}]',
      '[{"id":"8","text":"kept"}]',
    ],
    ['the only one', '[{"id":"1741765000000101001","text":"secret"}]', '[]'],
    [
      'two in the middle',
      '[{"id":"8","text":"a"},{"id":"1741765000000101001","text":"x"},{"id":"3","text":"y","author_id":"501"},{"id":"6","text":"b"}]',
      '[{"id":"8","text":"a"},{"id":"6","text":"b"}]',
    ],
    ['a later version', '[{"id":"5","text":"x","edit_history_tweet_ids":["1741765000000101001","5"]}]', '[]'],
    [
      'a later version in new words',
      '[{"id":"5","note_post":{"text":"x"},"edit_history_post_ids":["1741765000000101001","5"]}]',
      '[]',
    ],
  ])('loses %s of the tweets that X sent along, under either name of the list', (_, before, after) => {
    for (const name of ['tweets', 'posts']) {
      expect(cut(`{"data":{"id":"9","text":"see"},"includes":{"${name}":${before}}}`).text).toBe(
        `{"data":{"id":"9","text":"see"},"includes":{"${name}":${after}}}`,
      )
    }
  })

  it('loses the profile of a forgotten user, and not that of others', () => {
    expect(
      cut(
        '{"data":{"id":"9","text":"see"},"includes":{"users":[{"id":"7","username":"bo"},{"id":"501","username":"ana","name":"Ana"}]}}',
      ).text,
    ).toBe('{"data":{"id":"9","text":"see"},"includes":{"users":[{"id":"7","username":"bo"}]}}')
  })

  it('loses pictures and polls of a tweet that is cut, but for those that another tweet has too', () => {
    const line = (tweets: string, media: string, polls: string) =>
      `{"data":{"id":"9","text":"see","attachments":{"media_keys":["3_1"]}},"includes":{"media":${media},"polls":${polls},"tweets":${tweets}}}`
    const gone = '{"id":"1741765000000101001","text":"x","attachments":{"media_keys":["3_1","3_2"],"poll_ids":["77"]}}'
    expect(
      cut(
        line(
          `[${gone}]`,
          '[{"media_key":"3_1","url":"a"},{"media_key":"3_2","url":"b"}]',
          '[{"id":"77","options":[]},{"id":"78"}]',
        ),
      ).text,
    ).toBe(line('[]', '[{"media_key":"3_1","url":"a"}]', '[{"id":"78"}]'))
  })

  it('keeps of a flattened reference and of a mention only which one it was', () => {
    expect(
      cut(
        '{"id":"9","text":"see","author":{"id":"7","username":"bo"},"in_reply_to_user":{"id":"501","username":"ana","name":"Ana"},' +
          '"referenced_tweets":[{"type":"quoted","id":"1741765000000101001","text":"secret","author":{"id":"4","username":"cy"}}],' +
          '"entities":{"mentions":[{"start":0,"end":4,"username":"ana","id":"501","name":"Ana","description":"I"}]}}',
      ).text,
    ).toBe(
      '{"id":"9","text":"see","author":{"id":"7","username":"bo"},' +
        '"referenced_tweets":[{"type":"quoted","id":"1741765000000101001"}],' +
        '"entities":{"mentions":[{"start":0,"end":4,"username":"ana","id":"501"}]}}',
    )
  })

  it('loses the quoted status of v1.1, also inside the retweeted one, and goes by id_str where the number lost digits', () => {
    const quoted =
      '"quoted_status":{"id":1741765000000101000,"id_str":"1741765000000101001","full_text":"secret","user":{"id_str":"4"}}'
    expect(
      cut(
        `{"id_str":"9","full_text":"RT","retweeted_status":{"id_str":"8","full_text":"see",${quoted},"lang":"pt"},${quoted}}`,
      ),
    ).toEqual({
      text: '{"id_str":"9","full_text":"RT","retweeted_status":{"id_str":"8","full_text":"see","lang":"pt"}}',
      tweets: [GONE],
    })
    expect(
      cut('{"id_str":"9","text":"a","quoted_status":{"id_str":"8","text":"b","user":{"id":501,"screen_name":"ana"}}}'),
    ).toEqual({
      text: '{"id_str":"9","text":"a"}',
      tweets: ['8'],
    })
  })

  it('keeps what has such an id and is no tweet and no user', () => {
    const line =
      '{"data":{"id":"9","text":"see"},"errors":[{"resource_id":"1741765000000101001","value":"501"}],' +
      '"includes":{"places":[{"id":"501","name":"Rua 501","full_name":"Rua"}]}}'
    expect(cut(line).text).toBe(line)
  })

  const id = fc.constantFrom(GONE, '1741765000000101002', '501', '7', '8')
  const blank = fc.constantFrom('', ' ', '\t')
  const tweet = fc.record(
    { id, text: fc.string(), author_id: id, edit_history_tweet_ids: fc.array(id, { maxLength: 2 }) },
    { requiredKeys: ['id', 'text'] },
  )
  const user = fc.record({ id, username: fc.string() })

  it('means what the obvious way gives: parse, filter the lists, and print again', () => {
    const isGone = (one: { id: string; author_id?: string; edit_history_tweet_ids?: string[] }) =>
      one.id === GONE || one.author_id === '501' || (one.edit_history_tweet_ids ?? []).includes(GONE)
    fc.assert(
      fc.property(fc.array(tweet), fc.array(user), fc.array(user), blank, (tweets, users, others, space) => {
        const data = { id: '9', text: 'see', referenced_tweets: [{ type: 'quoted', id: GONE }] }
        const of = (some: typeof tweets, these: typeof users) => ({
          data,
          includes: { users: these, tweets: some, other: others.map(({ id }) => ({ id })) },
        })
        const line = JSON.stringify(of(tweets, users), null, space)
        const { text } = cut(line)
        const rest = of(
          tweets.filter(one => !isGone(one)),
          users.filter(one => one.id !== '501'),
        )
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(rest)))
        expect(text.length === line.length).toBe(text === line)
      }),
    )
  })
})
