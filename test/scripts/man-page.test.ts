/** docs/twdw.1 has what `--help` has, and is what roff takes it for. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fillManPage, roff } from '../../scripts/man-page.ts'
import { flagName } from '../../src/lib/settings.ts'
import { ALL_COMMANDS, loadCommands, SUMMARY } from '../../src/main.ts'
import { REPOSITORY } from '../support/folders.ts'

const PAGE = readFileSync(join(REPOSITORY, 'docs/twdw.1'), 'utf8')
const commands = await loadCommands(ALL_COMMANDS)

describe('docs/twdw.1', () => {
  it('is made of the commands of now', () => {
    expect(fillManPage(PAGE, commands, SUMMARY)).toBe(PAGE)
  })

  it('has every option of every command, below it or among those that all have', () => {
    const [, ...sections] = PAGE.split('.SS twdw ')
    const common = PAGE.split('.SH COMMON OPTIONS')[1]!
    for (const [i, { name, options }] of commands.entries()) {
      const section = sections[i]!.split(/^\.S[SH] /m)[0]!
      expect(section.startsWith(name)).toBe(true)
      for (const [key, { describe, positional }] of Object.entries(options)) {
        const head = positional ? `\\fI${key}\\fR` : `\\fB${roff(`--${flagName(key)}`)}\\fR`
        const where = section.includes(head) ? section : common
        expect(where).toMatch(new RegExp(`^.*${RegExp.escape(head)}.*\\n${RegExp.escape(roff(describe))}`, 'm'))
      }
    }
  })

  it.skipIf(!hasProgram('mandoc'))('is right to a reader of manual pages', () => {
    const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', join(REPOSITORY, 'docs/twdw.1')], {
      encoding: 'utf8',
    })
    expect(stdout).toBe('')
  })
})

describe('fillManPage', () => {
  it('refuses a page without a part, with one too many, and without a date', () => {
    const fill = (page: string) => () => fillManPage(page, commands, SUMMARY)
    expect(fill(PAGE.replace('.\\" made: status\n', ''))).toThrow('docs/twdw.1 has no part status')
    expect(fill(`${PAGE}.\\" made: news\n.\\" end\n`)).toThrow('docs/twdw.1 asks for news, and nobody makes that')
    expect(fill(PAGE.replace(/(\.TH TWDW 1) \S+/, '$1 ""'))).toThrow('docs/twdw.1 has no date in its .TH line')
  })
})

describe('roff', () => {
  it('escapes what roff would read as something else', () => {
    expect(roff('--max-usd')).toBe('\\-\\-max\\-usd')
    expect(roff('.it\'s \\n "`~^`"')).toBe('\\&.it\\(aqs \\en \\(dq\\(ga\\(ti\\(ha\\(ga\\(dq')
    expect(roff("'x' … 😀")).toBe('\\(aqx\\(aq \\[u2026] \\[u1F600]')
  })

  it.skipIf(!hasProgram('mandoc'))('gives any text back to who reads the page', () => {
    const text = fc.stringMatching(/^[!-~·…çã“]{1,60}$/u)
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 30 }), texts => {
        const page = ['.TH X 1 2024-01-01', '.SH S', '.nf', ...texts.map(roff), '.fi', ''].join('\n')
        const { stdout } = spawnSync('mandoc', ['-T', 'utf8', '-O', 'width=200'], {
          input: page,
          encoding: 'utf8',
        })
        const lines = stdout.split('\n').slice(3, 3 + texts.length)
        expect(lines.map(line => line.trim())).toEqual(texts)
      }),
      { numRuns: 20 },
    )
  })
})

function hasProgram(name: string): boolean {
  return spawnSync(name, ['/dev/null']).error === undefined
}
