/** JSON objects that one version of twdw keeps for another: whole, and of a format that this one knows. */
import { TwdwError } from '../errors.ts'

export interface KeptJson {
  /** with its article, and the file's path: `the meter /srv/lake/_state/spend.json` */
  what: string
  /** the newest that this version knows */
  format: number
  /** @param why one clause */
  damaged(why: string, cause?: unknown): TwdwError
}

/** @throws what `damaged` gives, and TwdwError E_LAKE for a format to come, which is not guessed at */
export function parseKept(text: string, { what, format, damaged }: KeptJson): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw damaged('it is not JSON', cause)
  }
  if (!isRecord(value)) throw damaged('it is no JSON object')
  if (typeof value.format !== 'number' || value.format <= format) return value
  const known = `this twdw knows formats up to ${format}`
  throw new TwdwError('E_LAKE', `${what} is of format ${value.format}, and ${known}`, {
    hint: 'install a newer twdw; this one has changed nothing',
  })
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
