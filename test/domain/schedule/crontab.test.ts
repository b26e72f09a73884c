import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crontabBlock, cronWord, withBlock, withoutBlock } from '../../../src/lib/domain/schedule/crontab.ts'
import { JOBS, scheduleCases } from '../../support/schedule-fixtures.ts'

/** Vixie's cron: a backslash goes before `%` and before another backslash; a bare `%` ends the command. */
function readByVixie(line: string): string {
  return line.replace(/\\([%\\])|%.*$/gs, (whole, escaped) => (whole.startsWith('%') ? '' : escaped))
}

/** cronie: a backslash goes before `%` only, and one that stands before another keeps it from doing so. */
function readByCronie(line: string): string {
  return line.replace(/\\(.)|%.*$/gs, (whole, escaped) =>
    whole.startsWith('%') ? '' : escaped === '%' ? escaped : whole,
  )
}

/** The words that a shell makes of a command, told apart by NUL. */
function readByShell(command: string): string[] {
  const { stdout, stderr } = spawnSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout.split('\0').slice(0, -1)
}

const anyWord = fc
  .array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.constantFrom(..."%\\'\"$`!;&|<>(){}*?~# %\\'")))
  .map(parts => [...parts.join('')].filter(character => character >= ' ' && character !== '\u007f').join(''))

describe('a word in a crontab', () => {
  it('is read back by either cron and then a shell as it was, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(anyWord, { minLength: 1, maxLength: 30 }), words => {
        const line = words.map(cronWord).join(' ')
        expect(readByShell(readByVixie(line))).toEqual(words)
        expect(readByShell(readByCronie(line))).toEqual(words)
      }),
      { numRuns: 50 },
    )
  })
})

/** Length of the first command of a block, without the five fields of time. */
function commandBytes(block: string): number {
  const entry = block.split('\n').find(line => line.startsWith('* * * * * ')) ?? ''
  return Buffer.byteLength(entry.slice('* * * * * '.length))
}

describe('crontab entries', () => {
  it.each(scheduleCases('cron'))('are as the case $name says', ({ jobs, expected }) => {
    expect({ crontab: crontabBlock(jobs) }).toEqual(expected)
  })

  it('are refused when cron would not take them, and only then', () => {
    const longestTag = (bytes: number) => crontabBlock({ ...JOBS, tags: ['x'.repeat(bytes)] })
    const fitting = 998 - (commandBytes(longestTag(1)) - 1)
    expect(commandBytes(longestTag(fitting))).toBe(998)
    expect(() => longestTag(fitting + 1)).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: 'the crontab entry is 999 bytes long, and cron takes 998',
        hint: 'name fewer tags or shorter paths, or use `twdw schedule systemd`, which has no such limit',
      }),
    )
  })

  it('are counted in bytes, not in characters', () => {
    expect(() => crontabBlock({ ...JOBS, tags: ['日'.repeat(400)] })).toThrow(/^the crontab entry is 1\d{3} bytes long/)
  })

  it('refuse a line end, which would be an entry of its own', () => {
    expect(() => crontabBlock({ ...JOBS, lake: '/srv/lake\n* * * * * reboot' })).toThrow(
      expect.objectContaining({ code: 'E_USAGE' }),
    )
  })
})

describe('the block in a crontab', () => {
  const line = fc.constantFrom(
    '# mine',
    '',
    '5 4 * * * backup',
    'MAILTO=ana',
    '# BEGIN twdw /srv/lake2',
    '# END twdw /srv',
  )
  const anyCrontab = fc.array(line).map(lines => lines.map(text => `${text}\n`).join(''))
  const block = crontabBlock(JOBS)

  it('is put in once and taken out whole, and the rest of the crontab stays', () => {
    fc.assert(
      fc.property(anyCrontab, anyCrontab, (before, after) => {
        const installed = withBlock(before, '/srv/lake', block) + after
        expect(withBlock(installed, '/srv/lake', block)).toBe(installed)
        expect(withoutBlock(installed, '/srv/lake')).toBe(before + after)
      }),
    )
  })

  it('is replaced where it stands', () => {
    const crontab = `1 * * * * one\n${crontabBlock({ ...JOBS, tags: ['former'] })}2 * * * * two\n`
    expect(withBlock(crontab, '/srv/lake', block)).toBe(`1 * * * * one\n${block}2 * * * * two\n`)
  })

  it('begins on a line of its own where the crontab ends without a line end', () => {
    expect(withBlock('1 * * * * one', '/srv/lake', block)).toBe(`1 * * * * one\n${block}`)
  })

  it('is found at the very end of a crontab without a line end', () => {
    expect(withoutBlock(`1 * * * * one\n${block.trimEnd()}`, '/srv/lake')).toBe('1 * * * * one\n')
  })

  it('stays apart from the blocks of other lakes', () => {
    const other = crontabBlock({ ...JOBS, lake: '/srv/lake2' })
    expect(withoutBlock(block + other, '/srv/lake')).toBe(other)
    expect(withoutBlock(other, '/srv/lake')).toBe(other)
  })

  it('is left alone when its end was cut away, because what follows may be somebody else’s', () => {
    expect(() => withoutBlock('# BEGIN twdw /srv/lake\n5 4 * * * backup\n', '/srv/lake')).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: 'the crontab has "# BEGIN twdw /srv/lake" and no line "# END twdw /srv/lake" after it',
        hint: 'put the line back with `crontab -e`, or remove what is left of the block',
      }),
    )
  })
})
