import { describe, expect, it } from 'vitest'
import { type Offer, offerCommands, offerWords } from '../../src/lib/completion/candidates.ts'
import { flag, list, type Options, parseText, word } from '../../src/lib/settings.ts'

const OPTIONS = {
  kind: word(parseText, { describe: 'first place', choices: ['systemd', 'cron'], positional: true }),
  tags: list(parseText, { describe: 'other places', completes: 'tags', positional: true }),
  tag: list(parseText, { describe: 'a tag', completes: 'tags' }),
  by: list(parseText, { describe: 'columns', completes: ['day', 'hour'] }),
  format: word(parseText, { describe: 'a form', choices: ['csv', 'json'] }),
  lake: word(parseText, { describe: 'a lake', completes: 'folders' }),
  from: list(parseText, { describe: 'files', completes: 'files', several: true, verbatim: true }),
  top: word(parseText, { describe: 'a number' }),
  interactive: flag({ describe: 'talk', alias: 'i' }),
} satisfies Options

/** The line, with `|` where the cursor is, as the words that are offered or what else is. */
function offered(line: string, options: Options = OPTIONS): unknown {
  const [left = '', right = ''] = line.split('|')
  const before = left.split(' ')
  const current = before.pop()!
  const after = right.split(' ').filter(text => text !== '')
  const offer: Offer = offerWords({ before, current, after }, { options })
  return offer.kind === 'words' ? offer.candidates.map(candidate => candidate.word) : offer
}

describe('offerWords', () => {
  it.each<[string, unknown]>([
    ['--|', ['--tag', '--by', '--format', '--lake', '--from', '--top', '--interactive', '--help', '--version']],
    ['--format csv --lake=x --t|', ['--tag', '--top']],
    ['--t| --top 3', ['--tag']],
    ['--tag a --ta|', ['--tag']],
    ['--format |', ['csv', 'json']],
    ['--format j|', ['json']],
    ['--format=c|', ['--format=csv']],
    ['--by day,|', ['day,hour']],
    ['--by=day,h|', ['--by=day,hour']],
    ['--tag |', { kind: 'tags', typed: '', lead: '' }],
    ['--tag=a,#B|', { kind: 'tags', typed: '#B', lead: '--tag=a,' }],
    ['--lake |', { kind: 'folders' }],
    ['--lake=x/|', { kind: 'folders' }],
    ['--from a b |', { kind: 'files' }],
    ['--from a,|', { kind: 'files' }],
    ['--from - |', { kind: 'files' }],
    ['--top |', []],
    ['--nothing=|', []],
    ['|', ['systemd', 'cron']],
    ['--interactive |', ['systemd', 'cron']],
    ['-i c|', ['cron']],
    ['cron |', { kind: 'tags', typed: '', lead: '' }],
    ['cron a --top 3 b |', { kind: 'tags', typed: '', lead: '' }],
    ['--from a --format csv c|', ['cron']],
  ])('offers at %s', (line, expected) => {
    expect(offered(line)).toEqual(expected)
  })

  it('offers options where nothing stands without one', () => {
    expect(offered('|', { top: OPTIONS.top })).toEqual(['--top', '--help', '--version'])
    expect(offered('systemd |', { kind: OPTIONS.kind, top: OPTIONS.top })).toEqual(['--top', '--help', '--version'])
  })

  it('says what an option does', () => {
    const offer = offerWords({ before: [], current: '--top', after: [] }, { options: OPTIONS })
    expect(offer).toEqual({ kind: 'words', candidates: [{ word: '--top', describe: 'a number' }] })
  })
})

describe('offerCommands', () => {
  it('offers commands, and what stands without one', () => {
    const commands = ['listen', 'query'].map(name => ({ word: name, describe: '' }))
    const wordsAt = (current: string) =>
      offerCommands({ before: [], current, after: [] }, commands).candidates.map(candidate => candidate.word)
    expect(wordsAt('')).toEqual(['listen', 'query'])
    expect(wordsAt('q')).toEqual(['query'])
    expect(wordsAt('--v')).toEqual(['--version'])
  })
})
