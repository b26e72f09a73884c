/** A command run from its words, as main does, with a street of its own. */
import yargs, { type CommandModule } from 'yargs'
import type { Street } from '../../src/lib/io/street.ts'
import { type FakeStreet, fakeStreet } from './fake-street.ts'

type About = Parameters<typeof fakeStreet>[1]

/** @param words its name first. @returns what it wrote. @throws what it throws */
export async function runCommand(
  door: (street: Street) => CommandModule,
  folder: string,
  words: readonly string[],
  about: About = {},
): Promise<{ stdout: string; stderr: string }> {
  const street = await runInStreet(door, folder, words, about)
  return { stdout: street.said(), stderr: street.told() }
}

/** The same, for what is no text. @returns the street in which it was run */
export async function runInStreet(
  door: (street: Street) => CommandModule,
  folder: string,
  words: readonly string[],
  about: About = {},
): Promise<FakeStreet> {
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
  return street
}
