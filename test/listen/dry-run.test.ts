/** What a dry run says, word for word, over the double of X. */
import { describe, expect, it } from 'vitest'
import { LAKE_FILE } from '../../src/lib/domain/paths.ts'
import { ruleChangesToText } from '../../src/lib/domain/x/rule-changes.ts'
import { type ListenWords, wantedRules } from '../../src/lib/domain/x/rules.ts'
import { openXRest } from '../../src/lib/io/x/rest.ts'
import { dryRun } from '../../src/lib/listen/dry-run.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { createMemoryLake } from '../support/memory-lake.ts'
import { REFUSALS } from '../x-double/answers.ts'
import { withXDouble, type XDoubleOptions } from '../x-double/double.ts'

const TOKEN = 'TEST'
const RULES = '/2/tweets/search/stream/rules'
const LAKE = JSON.stringify({ format: 1, id: '0a1b2c3d', timeZone: 'UTC' })

const ours = (name: string) => ({ id: name, value: `#${name}`, tag: `twdw:memory-0a1b2c3d:${name}` })
const STRANGERS = [
  { id: '1', value: 'cats' },
  { id: '2', value: '#vacina', tag: 'somebody' },
]

interface About extends Partial<XDoubleOptions> {
  words?: Partial<ListenWords>
  isNewLake?: boolean
}

/** @returns what is said; X and the lake are looked at afterwards, whatever came of it */
async function run(about: About) {
  const { words, isNewLake, ...double } = about
  const wanted = { hashtags: [], keywords: [], rules: [], langs: [], ...words }
  const lake = createMemoryLake(isNewLake ? [] : [[LAKE_FILE, new TextEncoder().encode(LAKE)]])
  return withXDouble({ token: TOKEN, ...double }, async x => {
    const before = structuredClone(x.rules)
    const rest = openXRest({ origin: x.origin, token: TOKEN, userAgent: 'twdw/0.0.0-test' })
    const ports = { rest, lake, clock: fixedClock() }
    const ran = dryRun(name => wantedRules(wanted, name), ports, new AbortController().signal)
    await ran.catch(() => undefined)
    expect(x.rules).toEqual(before)
    expect(lake.history).toEqual([])
    const { changes, failure } = await ran
    return { changes, failure, said: ruleChangesToText(changes).split('\n'), x }
  })
}

describe('a dry run', () => {
  it('says what would be kept, adopted, added and removed, and how much room there is', async () => {
    const rules = [...STRANGERS, ours('covid19'), ours('old')]
    const words = { hashtags: ['covid19', 'vacina', 'b'], keywords: ['long words'] }
    const { said, failure, x } = await run({ rules, words })
    expect(said).toEqual([
      'kept      #covid19  (twdw:memory-0a1b2c3d:covid19)',
      'adopted   #vacina  (somebody)',
      'added     #b  (twdw:memory-0a1b2c3d:b)',
      'added     "long words"  (twdw:memory-0a1b2c3d:"long words")',
      'removed   #old  (twdw:memory-0a1b2c3d:old)',
      '4 rules would be listened by: 1 kept, 1 adopted, 2 added; 1 removed.',
      '2 rules of other programs are left alone. Of the 1,000 that this app may have, 995 places would be left.',
      'Nothing was changed.',
      '',
    ])
    expect(failure).toBeUndefined()
    expect(x.requests.map(({ method, path, query }) => [method, path, query.dry_run])).toEqual([
      ['GET', `${RULES}/counts`, undefined],
      ['GET', RULES, undefined],
      ['POST', RULES, 'true'],
    ])
  })

  it('shows packs whole, and says that hashtags share them', async () => {
    const { said, changes } = await run({
      rules: STRANGERS,
      maxRules: 3,
      words: { hashtags: ['c', 'a', 'b'], langs: ['pt'] },
    })
    expect(said).toEqual([
      'added     (#a OR #b OR #c) lang:pt  (twdw:memory-0a1b2c3d:pack:5f95ec92)',
      '1 rule would be listened by: 0 kept, 0 adopted, 1 added; 0 removed.',
      '3 hashtags share 1 rule, for want of room.',
      '2 rules of other programs are left alone. Of the 3 that this app may have, 0 places would be left.',
      'Nothing was changed.',
      '',
    ])
    expect(changes).toEqual({
      kept: [],
      adopted: [],
      added: [
        {
          value: '(#a OR #b OR #c) lang:pt',
          tag: 'twdw:memory-0a1b2c3d:pack:5f95ec92',
          hashtags: ['a', 'b', 'c'],
        },
      ],
      removed: [],
      refused: [],
      unjudged: [],
      strangers: 2,
      cap: 3,
      capOf: 'app',
      left: 0,
      isNewLake: false,
    })
  })

  it('is a failure where X refuses a rule, after it has said what would become of the others', async () => {
    const { said, failure } = await run({ words: { hashtags: ['a'], rules: ['colour:red', '#b -(c d)'] } })
    expect(said.slice(0, 6)).toEqual([
      'added     #a  (twdw:memory-0a1b2c3d:a)',
      'added     colour:red  (twdw:memory-0a1b2c3d:colour:red)',
      'added     #b -(c d)  (twdw:memory-0a1b2c3d:#b -(c d))',
      "refused   colour:red: no viable alternative at character ':' (at position 7)",
      'refused   #b -(c d): a group cannot be negated (at position 4)',
      '3 rules would be listened by: 0 kept, 0 adopted, 3 added; X refuses 2 of them; 0 removed.',
    ])
    expect(failure).toMatchObject({
      code: 'E_USAGE',
      message:
        "X does not accept some rules: colour:red (no viable alternative at character ':' (at position 7)); #b -(c d) (a group cannot be negated (at position 4))",
    })
  })

  it('has X judge rules that would follow others, a few at a time in the places that are free', async () => {
    const rules = [ours('x'), ours('y'), ours('z')]
    const words = { hashtags: ['a', 'b'], rules: ['colour:red'] }
    const { said, failure, x } = await run({ rules, maxRules: 4, words })
    expect(said).toContain("refused   colour:red: no viable alternative at character ':' (at position 7)")
    expect(said.filter(line => line.startsWith('unjudged'))).toEqual([])
    expect(failure).toMatchObject({ code: 'E_USAGE' })
    const asked = x
      .asked('POST', RULES)
      .map(({ body }) => JSON.parse(body).add.map(({ value }: { value: string }) => value))
    expect(asked).toEqual([['#a', '#b', 'colour:red'], ['#b']])
  })

  it('says which rules X could not judge, because no place is free before others are removed', async () => {
    const { said, failure, changes } = await run({
      rules: [ours('x'), ours('a')],
      maxRules: 2,
      words: { hashtags: ['a', 'b'] },
    })
    expect(said).toEqual([
      'kept      #a  (twdw:memory-0a1b2c3d:a)',
      'added     #b  (twdw:memory-0a1b2c3d:b)',
      'removed   #x  (twdw:memory-0a1b2c3d:x)',
      'unjudged  #b: X has no place for it before others are removed',
      '2 rules would be listened by: 1 kept, 0 adopted, 1 added; 1 removed.',
      '0 rules of other programs are left alone. Of the 2 that this app may have, 0 places would be left.',
      'Nothing was changed.',
      '',
    ])
    expect(failure).toBeUndefined()
    expect(changes.unjudged).toEqual(['#b'])
  })

  it('takes no duplicate of what would be removed for a fault', async () => {
    const { said } = await run({
      rules: [{ ...ours('a'), tag: 'twdw:memory-0a1b2c3d:former' }],
      words: { hashtags: ['a'] },
    })
    expect(said.slice(0, 3)).toEqual([
      'added     #a  (twdw:memory-0a1b2c3d:a)',
      'removed   #a  (twdw:memory-0a1b2c3d:former)',
      '1 rule would be listened by: 0 kept, 0 adopted, 1 added; 1 removed.',
    ])
  })

  it('says so where there is no lake yet', async () => {
    const { said } = await run({ rules: [ours('a')], isNewLake: true, words: { hashtags: ['b'] } })
    expect(said).toEqual([
      'added     #b  (twdw:memory-new:b)',
      '1 rule would be listened by: 0 kept, 0 adopted, 1 added; 0 removed.',
      '1 rule of other programs is left alone. Of the 1,000 that this app may have, 998 places would be left.',
      'The lake is not made yet: what tells it from others stands as "new" in the tags.',
      'Nothing was changed.',
      '',
    ])
  })

  it('says that X does not say how much room there is', async () => {
    const refusals = { [`GET ${RULES}/counts`]: [REFUSALS.notEnrolled] }
    const { said, changes } = await run({ refusals, rules: STRANGERS.slice(0, 1), words: { hashtags: ['b'] } })
    expect(said).toContain('1 rule of other programs is left alone. X does not say how many rules this app may have.')
    expect(changes).toMatchObject({ cap: null, left: null })
  })

  it('counts the rules of other apps of the project among those of strangers', async () => {
    const { said } = await run({ maxRules: 5, maxProjectRules: 6, otherProjectRules: 4, words: { hashtags: ['b'] } })
    expect(said).toContain(
      "4 rules of other programs are left alone. Of the 6 that this app's project may have, 1 place would be left.",
    )
  })

  it.each<[string, About, object]>([
    [
      'there is no room',
      { rules: STRANGERS, maxRules: 2, words: { hashtags: ['a', 'b'] } },
      {
        code: 'E_REFUSED',
        message:
          "X has no room for what is wanted: 1 rule at the least, hashtags packed, and this app may have 2, of which 2 are other programs'; that leaves 0",
      },
    ],
    [
      'the token is refused',
      { refusals: { [`GET ${RULES}`]: [REFUSALS.unauthorized] }, words: { hashtags: ['a'] } },
      { code: 'E_REFUSED', message: 'X does not accept the bearer token: X answered 401 Unauthorized' },
    ],
    [
      'there is no access',
      { refusals: { [`POST ${RULES}`]: [REFUSALS.notEnrolled] }, words: { hashtags: ['a'] } },
      {
        code: 'E_REFUSED',
        message: expect.stringMatching(/^X does not let this app read the stream: X answered 403 /),
      },
    ],
    [
      'X is ill',
      { refusals: { [`GET ${RULES}`]: [REFUSALS.unavailable] }, words: { hashtags: ['a'] } },
      {
        code: 'E_SOURCE',
        message: 'X did not judge the rules: X answered 503 Service Unavailable',
        hint: 'try again in some minutes',
      },
    ],
  ])('fails where %s', async (_, about, error) => {
    await expect(run(about)).rejects.toMatchObject(error)
  })
})
