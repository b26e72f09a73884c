import { describe, expect, it } from 'vitest'
import { withXDouble, type XDouble, type XDoubleOptions } from './double.ts'
import { ruleFault } from './rule-language.ts'

const RULES = '/2/tweets/search/stream/rules'
const A = { id: '1', value: '#a', tag: 'twdw:lake:a' }
const B = { id: '2', value: 'cats' }

const withX = (about: Omit<XDoubleOptions, 'token'>, work: (x: XDouble) => Promise<void>) =>
  withXDouble({ token: 'TEST', ...about }, work)

async function ask(x: XDouble, query: string, body?: unknown) {
  const headers = { authorization: 'Bearer TEST' }
  const about = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) }
  const answer = await fetch(`${x.origin}${RULES}${query}`, about)
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

const add = (...values: string[]) => ({ add: values.map(value => ({ value, tag: `t ${value}` })) })

describe('the rules of the double', () => {
  it('are deleted by id or by value, and what is not there is complained of', () =>
    withX({ rules: [A, B] }, async x => {
      expect(await ask(x, '', { delete: { ids: ['1', '9'] } })).toMatchObject({
        status: 200,
        body: {
          meta: { summary: { deleted: 1, not_deleted: 1 } },
          errors: [{ errors: [{ message: 'Rule does not exist' }] }],
        },
      })
      expect(await ask(x, '', { delete: { values: ['cats'] } })).toMatchObject({
        body: { meta: { summary: { deleted: 1, not_deleted: 0 } } },
      })
      expect(x.rules).toEqual([])
    }))

  it('are refused as a whole with a member that X does not know', () =>
    withX({}, async x => {
      const about = { add: [{ value: '#a', hashtags: ['a'] }] }
      expect(await ask(x, '', about)).toMatchObject({ status: 400, body: { title: 'Invalid Request' } })
      expect(x.rules).toEqual([])
    }))

  it('are all gone after delete_all, whoever made them', () =>
    withX({ rules: [A, B] }, async x => {
      expect(await ask(x, '?delete_all=true', {})).toMatchObject({ body: { meta: { summary: { deleted: 2 } } } })
      expect(x.rules).toEqual([])
    }))

  it('are judged in a dry run as they stand, caps and duplicates included, and stay as they are', () =>
    withX({ rules: [A, B], maxRules: 3 }, async x => {
      const { body } = await ask(x, '?dry_run=true', add('#a', '#b', 'lang:pt', '#c'))
      expect(body).toMatchObject({
        data: [{ value: '#b' }],
        meta: { summary: { created: 1, not_created: 3, valid: 3, invalid: 1 } },
        errors: [
          { value: '#a', id: '1', title: 'DuplicateRule' },
          { value: 'lang:pt', title: 'UnprocessableEntity' },
          { value: '#c', title: 'RulesCapExceeded' },
        ],
      })
      await ask(x, '?dry_run=true', { delete: { ids: ['1'] } })
      await ask(x, '?dry_run=true&delete_all=true', {})
      expect(x.rules).toEqual([A, B])
    }))

  it('have a cap for the app and one for its project, which other apps use up too', () =>
    withX({ rules: [A], maxRules: 5, maxProjectRules: 4, otherProjectRules: 2 }, async x => {
      expect((await ask(x, '/counts')).body).toMatchObject({
        data: { cap_per_client_app: '5', cap_per_project: '4', project_rules_count: '3' },
      })
      expect((await ask(x, '', add('#b', '#c'))).body).toMatchObject({
        data: [{ value: '#b' }],
        errors: [{ value: '#c', type: 'https://api.x.com/2/problems/rule-cap' }],
      })
    }))

  it('tell their caps as numbers where they are told to', () =>
    withX({ capsAsNumbers: true, maxRules: 5 }, async x => {
      expect((await ask(x, '/counts')).body).toMatchObject({ data: { cap_per_client_app: 5, project_rules_count: 0 } })
    }))
})

describe('the rule language of the double', () => {
  it.each([
    '#a',
    '#a OR #b',
    '(#a OR #b) (lang:pt OR lang:en) sample:10',
    '"a phrase" -is:retweet',
    'cat (dog OR "two words") -from:x',
    'from:x has:images',
    '"a b"~3',
  ])('knows %s', value => {
    expect(ruleFault(value, 1024)).toBeUndefined()
  })

  it.each([
    ['lang:pt', "Reference to 'lang:pt' cannot stand alone (at position 1)"],
    ['-cat', "Reference to '-cat' cannot stand alone (at position 1)"],
    ['#a OR lang:pt', "Reference to '#a OR lang:pt' cannot stand alone (at position 1)"],
    ['(#a OR #b', "missing ')' at '<EOF>' (at position 9)"],
    ['#a) OR #b', "extraneous input ')' (at position 3)"],
    ['#a OR', "no viable alternative at input '#a OR' (at position 5)"],
    ['OR #a', "no viable alternative at input 'OR #a' (at position 1)"],
    ['()', "no viable alternative at input '()' (at position 2)"],
    ['', "no viable alternative at input '' (at position 0)"],
    ['#a -(b c)', 'a group cannot be negated (at position 4)'],
    ['#a -sample:10', "'sample:10' cannot be negated (at position 4)"],
    ['#a AND #b', "'AND' is no operator: a space is (at position 4)"],
    ['colour:red', "no viable alternative at character ':' (at position 7)"],
    ['"a', 'missing closing quotation mark (at position 1)'],
    ['x'.repeat(9), 'Rule is too long: 9 characters, at most 8'],
  ])('refuses %s', (value, fault) => {
    expect(ruleFault(value, value.startsWith('xxx') ? 8 : 1024)).toBe(fault)
  })
})
