import { describe, expect, it } from 'vitest'
import { checkSettings } from '../../src/lib/doctor/settings-check.ts'
import { parseCount, parseDuration, word } from '../../src/lib/settings.ts'

const commands = [
  {
    name: 'listen',
    options: { maxTweets: word(parseCount(1), { describe: '' }), for: word(parseDuration, { describe: '' }) },
  },
  { name: 'consolidate', options: { grace: word(parseDuration, { describe: '' }) } },
]
const file = (text: string) => ({ path: '/home/ana/twdw.toml', text })

describe('the settings', () => {
  it('are in order where every command can read them', () => {
    expect(checkSettings(commands, { env: {}, files: [] })).toMatchObject({
      level: 'ok',
      sentence: 'no settings file is there',
    })
    const files = [file('grace = "2m"\n[listen]\nmax-tweets = 5\n')]
    expect(checkSettings(commands, { env: { TWDW_FOR: '10m' }, files })).toMatchObject({
      level: 'ok',
      sentence: '/home/ana/twdw.toml can be read',
    })
  })

  it('are at fault as any command would find them, each fault once', () => {
    const files = [file('grace = "soon"\n[listen]\nmax-tweats = 5\n')]
    expect(checkSettings(commands, { env: { TWDW_MAX_TWEETS: 'many' }, files })).toMatchObject({
      level: 'fault',
      code: 'E_USAGE',
      sentence:
        'max-tweats in [listen] of /home/ana/twdw.toml is no setting of twdw listen; TWDW_MAX_TWEETS: "many" is not a whole number of at least 1; grace in /home/ana/twdw.toml: "soon" is not a span of time (write 90s, 10m, 2h30m or 1d)',
      remedy: 'correct it; twdw COMMAND --help lists what can be set',
    })
    expect(checkSettings(commands, { env: {}, files: [file('max-usd-per-dy = 5\n[listne]\n')] })).toMatchObject({
      level: 'fault',
      sentence:
        'max-usd-per-dy in /home/ana/twdw.toml is no setting of twdw; [listne] in /home/ana/twdw.toml is no command of twdw',
    })
    expect(checkSettings(commands, { env: {}, files: [file('= what')] }).sentence).toMatch(
      /^\/home\/ana\/twdw\.toml is not TOML: [^;]+$/,
    )
  })
})
