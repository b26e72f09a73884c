import { describe, expect, it } from 'vitest'
import { TwdwError } from '../src/lib/errors.ts'
import {
  flag,
  list,
  parseCount,
  parseDuration,
  parseText,
  readSettings,
  type SettingLayers,
  spreadWords,
  unknownKeys,
  unknownVariables,
  word,
  wordOr,
  yargsOptions,
} from '../src/lib/settings.ts'

const OPTIONS = {
  lake: wordOr('./lake', parseText, { describe: 'folder' }),
  maxTweets: word(parseCount(1), { describe: 'limit' }),
  quiet: flag({ describe: 'less' }),
  lang: list(parseText, { describe: 'languages' }),
  rule: list(parseText, { describe: 'rules', verbatim: true }),
  by: wordOr('day', parseText, { describe: 'bucket', choices: ['day', 'hour'] }),
}

const read = (layers: Partial<SettingLayers>) =>
  readSettings(OPTIONS, { argv: {}, env: {}, files: [], command: 'listen', ...layers })

describe('settings', () => {
  it('have defaults where they are declared and are absent where not', () => {
    expect(read({})).toEqual({ lake: './lake', maxTweets: undefined, quiet: false, lang: [], rule: [], by: 'day' })
  })

  it('let a flag beat a variable, a variable a file, and the nearer file the farther one', () => {
    const near = { path: 'twdw.toml', text: 'lake = "near"\nquiet = true\n' }
    const far = { path: 'config.toml', text: 'lake = "far"\nmax-tweets = 7\n' }
    const files = [near, far]
    expect(read({ files })).toMatchObject({ lake: 'near', quiet: true, maxTweets: 7 })
    expect(read({ files, env: { TWDW_LAKE: 'env' } })).toMatchObject({ lake: 'env' })
    expect(read({ files, env: { TWDW_LAKE: 'env' }, argv: { lake: 'flag' } })).toMatchObject({ lake: 'flag' })
  })

  it('let the table of the command beat the top of the file, and leave other commands alone', () => {
    const text = 'lake = "all"\n[listen]\nlake = "mine"\nmax-tweets = 3\n[query]\nlake = "theirs"\nnonsense = 1\n'
    expect(read({ files: [{ path: 'twdw.toml', text }] })).toMatchObject({ lake: 'mine', maxTweets: 3 })
  })

  it('split lists at commas, but never the items of a verbatim list', () => {
    expect(read({ argv: { lang: ['pt,en', 'es'], rule: ['a, b'] } })).toMatchObject({
      lang: ['pt', 'en', 'es'],
      rule: ['a, b'],
    })
    expect(read({ env: { TWDW_LANG: 'pt,en' } })).toMatchObject({ lang: ['pt', 'en'] })
    expect(read({ files: [{ path: 'f', text: 'lang = ["pt", "en"]' }] })).toMatchObject({ lang: ['pt', 'en'] })
  })

  it('tell every fault of every layer in one message', () => {
    const attempt = () =>
      read({
        argv: { 'max-tweets': '0' },
        env: { TWDW_BY: 'moon' },
        files: [{ path: 'twdw.toml', text: 'quiet = "perhaps"' }],
      })
    expect(attempt).toThrow(TwdwError)
    try {
      attempt()
    } catch (error) {
      expect(error).toMatchObject({
        code: 'E_USAGE',
        message: [
          '--max-tweets: "0" is not a whole number of at least 1',
          'quiet in twdw.toml: "perhaps" is neither true nor false',
          'TWDW_BY: "moon" is none of day, hour',
        ].join('\n      '),
        hint: 'run `twdw listen --help` to see every option',
      })
    }
  })

  it('refuse a key of their own table that is none of theirs', () => {
    expect(() => read({ files: [{ path: 'twdw.toml', text: '[listen]\ntaggs = ["x"]' }] })).toThrow(
      'taggs in [listen] of twdw.toml is no setting of twdw listen',
    )
  })

  it('refuse a list that is given and empty: a variable that was not set must not mean everything', () => {
    for (const argv of [{ lang: [''] }, { lang: [','] }, { lang: '' }]) {
      expect(() => read({ argv })).toThrow('--lang: given, and empty')
    }
  })

  it('refuse a file that is not TOML, by name', () => {
    expect(() => read({ files: [{ path: 'twdw.toml', text: 'lake = ' }] })).toThrow(/^twdw\.toml is not TOML: /)
  })

  it('know a variable with a typing error', () => {
    expect(unknownVariables([OPTIONS], { TWDW_LAKE: 'x', TWDW_LAEK: 'y', HOME: 'z' })).toEqual([
      'TWDW_LAEK is no setting of twdw',
    ])
  })

  it('know a key or a table of a file with a typing error, and leave alone what some command reads', () => {
    const commands = [
      { name: 'listen', options: OPTIONS },
      { name: 'query', options: { top: word(parseCount(1), { describe: '' }) } },
    ]
    const unknown = (text: string) => unknownKeys(commands, [{ path: '/home/ana/twdw.toml', text }])
    expect(unknown('lake = "/srv"\ntop = 3\n[listen]\nmax-tweets = 5\n[query]\ntop = 4\n')).toEqual([])
    expect(unknown('max-tweats = 5\nlak = "/srv"\n[listne]\nmax-tweets = 5\n')).toEqual([
      'max-tweats in /home/ana/twdw.toml is no setting of twdw',
      'lak in /home/ana/twdw.toml is no setting of twdw',
      '[listne] in /home/ana/twdw.toml is no command of twdw',
    ])
    // told by whoever reads the settings
    expect(unknown('= what')).toEqual([])
    expect(unknown('[listen]\nmax-tweats = 5\n')).toEqual([])
  })

  it('mean a word of their own where a flag stands without one', () => {
    const options = { chart: word(parseText, { describe: 'a chart', alone: 'auto' }) }
    const read = (argv: Record<string, unknown>, env = {}) =>
      readSettings(options, { argv, env, files: [], command: 'query' }).chart
    expect([read({ chart: '' }), read({ chart: 'line' }), read({}), read({}, { TWDW_CHART: 'bar' })]).toEqual([
      'auto',
      'line',
      undefined,
      'bar',
    ])
    expect(yargsOptions(options)).toEqual({ chart: { describe: 'a chart', type: 'string' } })
  })

  it('take several words after one flag where the option says so, stdin included', () => {
    const options = { from: list(parseText, { describe: 'files', several: true }), ...OPTIONS }
    const spread = (text: string) => spreadWords(text.split(' '), [options]).join(' ')
    expect(spread('listen x --from a b - --lake l c')).toBe('listen x --from a --from b --from - --lake l c')
    expect(spread('listen --from a --from b')).toBe('listen --from a --from b')
    expect(spread('listen --from')).toBe('listen --from')
    expect(spread('listen --lang pt x')).toBe('listen --lang pt x')
  })

  it('take a text with blanks that begins as a flag does', () => {
    const joined = (...words: string[]) => spreadWords(words, [OPTIONS])
    expect(joined('query', '--lake', '-- all\nof it', '--quiet')).toEqual(['query', '--lake=-- all\nof it', '--quiet'])
    expect(joined('query', '--lake', '--quiet')).toEqual(['query', '--lake', '--quiet'])
    expect(joined('query', '--quiet', '-- a b')).toEqual(['query', '--quiet', '-- a b'])
  })

  it('describe themselves to yargs without letting it convert anything', () => {
    const described = yargsOptions(OPTIONS)
    expect(Object.keys(described)).toEqual(['lake', 'max-tweets', 'quiet', 'lang', 'rule', 'by'])
    expect(described['max-tweets']).toMatchObject({ type: 'string', requiresArg: true })
    expect(described.lake).toMatchObject({ defaultDescription: './lake' })
    expect(Object.values(described).some(option => 'default' in option)).toBe(false)
  })
})

describe('parseDuration', () => {
  it.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['2h30m', 9_000_000],
    ['1d', 86_400_000],
    ['250ms', 250],
    ['1.5s', 1500],
  ])('reads %s', (text, ms) => expect(parseDuration(text)).toBe(ms))

  it.each(['', '10', 'm', '10 m', '5x', '-5s', '1h-3m'])('refuses "%s"', text => {
    expect(() => parseDuration(text)).toThrow(`"${text}" is not a span of time`)
  })
})

describe('parseCount', () => {
  it('takes underscores and refuses what a number cannot hold', () => {
    expect(parseCount(0)('1_000_000')).toBe(1_000_000)
    expect(() => parseCount(0)('9007199254740993')).toThrow('"9007199254740993" is not a whole number of at least 0')
    expect(() => parseCount(0)('1e3')).toThrow('"1e3" is not a whole number of at least 0')
  })
})
