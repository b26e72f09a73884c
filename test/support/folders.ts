/** Where tests find what they read. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const REPOSITORY = resolve(import.meta.dirname, '../..')
/** `fixtures/<kind>/<case>/` holds one case. */
export const FIXTURES = join(REPOSITORY, 'test/fixtures')
/** Real captures; tests over them are skipped by name where they are absent. */
export const CAPTURES = resolve(REPOSITORY, '../shared/data')
export const hasCaptures = existsSync(CAPTURES)
