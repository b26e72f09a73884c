/** A command run from its words, as main does, with a street of its own. */
import yargs, { type CommandModule } from 'yargs'
import type { Street } from '../../src/lib/io/street.ts'
import { fakeStreet } from './fake-street.ts'

/** @param words its name first. @returns what it wrote. @throws what it throws */
export async function runCommand(
  door: (street: Street) => CommandModule,
  folder: string,
  words: readonly string[],
  about: Parameters<typeof fakeStreet>[1] = {},
): Promise<{ stdout: string; stderr: string }> {
  const street = fakeStreet(folder, about)
  await yargs([...words])
    .parserConfiguration({ 'camel-case-expansion': false, 'parse-numbers': false, 'boolean-negation': false })
    .command(door(street))
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new Error(message)
    })
    .parseAsync()
  return { stdout: street.said(), stderr: street.told() }
}
