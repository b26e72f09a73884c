/** Words that every command knows, and what a lake's settings mean once they are values. */
import { parseTimeZone } from './domain/time-zone.ts'
import { TwdwError } from './errors.ts'
import { flag, list, type Options, parseText, word, wordOr } from './settings.ts'

/** Options of every command. */
export const COMMON_OPTIONS = {
  lake: wordOr('./lake', parseLakeUrl, { describe: 'Folder of the lake', group: 'Common:' }),
  stateDir: word(parseText, {
    describe: 'Local folder for the journal and locks (default: _state in the lake)',
    group: 'Common:',
  }),
  json: flag({ describe: 'Answers and events as JSON, one object a line', group: 'Common:' }),
  quiet: flag({ describe: 'Only warnings and errors on stderr', group: 'Common:' }),
  verbose: flag({ describe: 'Every detail on stderr', group: 'Common:' }),
} satisfies Options

/** What narrows or widens what X sends; told by listen, and handed on to it by schedule. */
export const rulesOptions = (group: string) =>
  ({
    keyword: list(parseText, { describe: 'Also tweets with this word or phrase', verbatim: true, group }),
    lang: list(parseText, { describe: 'Only tweets in these languages, e.g. pt,en', group }),
    rule: list(parseText, { describe: "Also tweets that this rule in X's language matches", verbatim: true, group }),
  }) satisfies Options

/** Fixed when the lake is made. */
export const timeZoneOption = (group?: string) =>
  word(parseTimeZone, {
    describe: 'Zone of local times, fixed when the lake is made (default: America/Sao_Paulo)',
    ...(group !== undefined && { group }),
  })

/** @throws TwdwError E_USAGE for a store that this version cannot keep a lake in */
function parseLakeUrl(text: string): string {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text) ?? []
  if (scheme !== undefined && scheme !== 'file') {
    throw new TwdwError('E_USAGE', `this version keeps a lake in a local folder, not in "${text}"`, {
      hint: 'name a folder, such as --lake ./lake',
    })
  }
  if (text === '') throw new TwdwError('E_USAGE', 'the lake has no name', { hint: 'name a folder, such as ./lake' })
  return text.replace(/^file:\/\//, '')
}

/** An instant with its offset, as milliseconds since 1970-01-01T00:00Z. @throws TwdwError E_USAGE */
export function parseInstant(text: string): number {
  const ms = /(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) {
    throw new TwdwError('E_USAGE', `not an instant: "${text}"`, {
      hint: 'write 2024-01-01T00:00Z or 2024-01-01T00:00-03:00',
    })
  }
  return ms
}

/** The root of a web service. Unencrypted only on this machine: the token goes with every request. @throws TwdwError E_USAGE */
export function parseOrigin(text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.origin !== text.replace(/\/$/, '')) {
    throw new TwdwError('E_USAGE', `not the root of a web service: "${text}"`, { hint: 'write https://api.x.com' })
  }
  if (url.protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname)) {
    throw new TwdwError('E_USAGE', `"${text}" would send the token unencrypted to ${url.hostname}`, {
      hint: `write https://${url.host}; http is for servers on this machine`,
    })
  }
  return url.origin
}
