import { describe, expect, it } from 'vitest'
import { DOT_COMMANDS, parseDotCommand, SHELL_HELP } from '../../../src/lib/domain/shell/dot-command.ts'

describe('a command of the shell', () => {
  it.each([
    ['.help', { do: 'help' }],
    ['.tables', { do: 'ask', sql: 'SHOW TABLES' }],
    ['.schema fact_tweet;', { do: 'ask', sql: 'DESCRIBE "fact_tweet"' }],
    ['.schema a"b', { do: 'ask', sql: 'DESCRIBE "a""b"' }],
    ['.format csv', { do: 'form', form: 'csv' }],
    ['.format  chart ', { do: 'form', form: 'chart' }],
    ['.once my answer.csv', { do: 'once', path: 'my answer.csv' }],
    [".once 'my answer.csv'", { do: 'once', path: 'my answer.csv' }],
    ['.timing on', { do: 'timing', isOn: true }],
    ['.timing off', { do: 'timing', isOn: false }],
    ['.quit', { do: 'quit' }],
    ['.exit', { do: 'quit' }],
  ])('is understood: %s', (text, command) => {
    expect(parseDotCommand(text)).toEqual(command)
  })

  it.each([
    ['.output x', 'there is no command .output', '.help lists them: .help .tables .schema .format .once .timing .quit'],
    ['.format xlsx', '"xlsx" is nothing for .format', /^write one of table, csv, .*chart$/],
    ['.timing', '.timing names nothing', 'write one of on, off'],
    ['.once', '.once names no file', 'write .once answer.csv'],
  ])('is refused with what to write: %s', (text, message, hint) => {
    const refused = () => parseDotCommand(text)
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message,
        hint: typeof hint === 'string' ? hint : expect.stringMatching(hint),
      }),
    )
  })

  it('stands in the help, each on a line of its own', () => {
    for (const command of DOT_COMMANDS) expect(SHELL_HELP).toMatch(new RegExp(`^\\${command}\\b`, 'm'))
  })
})
