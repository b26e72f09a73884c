/** Words that every command knows, and what a lake's settings mean once they are values. */
import { parseLakeUrl } from './domain/lake-url.ts'
import { parseTimeZone } from './domain/time-zone.ts'
import { LEAN_STREAM_QUERY, STREAM_QUERY } from './domain/x/request.ts'
import { microUsdOf, PRICE_MICRO_USD, type SpendCaps, usdText } from './domain/x/spend.ts'
import { TwdwError } from './errors.ts'
import type { FillSettings } from './listen/fill-gaps.ts'
import {
  flag,
  list,
  type Options,
  parseCount,
  parseDuration,
  parseText,
  type Values,
  word,
  wordOr,
} from './settings.ts'

/** How a lake in S3 is reached; told by every command, and handed on by schedule. Credentials are the AWS SDK's own affair. */
export function s3Options(group: string) {
  return {
    s3Endpoint: word(parseEndpoint, { describe: "Address of a store other than AWS's own", group }),
    s3Region: word(parseText, {
      describe: "The bucket's region (default: as AWS_REGION or ~/.aws/config says)",
      group,
    }),
    s3PathStyle: flag({
      describe: 'Bucket in the path of an address, not in its host: what most other stores want',
      group,
    }),
    noCache: flag({ describe: 'Keep nothing of it on this machine once the command is done', group }),
  } satisfies Options
}

/** The same as words for a command that somebody else runs; none where nothing was said. */
export function s3Words({
  s3Endpoint,
  s3Region,
  s3PathStyle,
  noCache,
}: Values<ReturnType<typeof s3Options>>): string[] {
  return [
    ...(s3Endpoint === undefined ? [] : [`--s3-endpoint=${s3Endpoint}`]),
    ...(s3Region === undefined ? [] : [`--s3-region=${s3Region}`]),
    ...(s3PathStyle ? ['--s3-path-style'] : []),
    ...(noCache ? ['--no-cache'] : []),
  ]
}

/** Options of every command. */
export const COMMON_OPTIONS = {
  lake: wordOr('./lake', parseLakeUrl, {
    describe: 'The lake: a folder, or s3://bucket/prefix',
    completes: 'folders',
    group: 'Common:',
  }),
  stateDir: word(parseText, {
    describe: 'Local folder for the journal (default: _state in the lake; of a lake in S3 ~/.local/state/twdw/…)',
    completes: 'folders',
    group: 'Common:',
  }),
  json: flag({ describe: 'Answers and events as JSON, one object a line', group: 'Common:' }),
  quiet: flag({ describe: 'Only warnings and errors on stderr', group: 'Common:' }),
  verbose: flag({ describe: 'Every detail on stderr', group: 'Common:' }),
  ...s3Options('S3:'),
} satisfies Options

/** What narrows or widens what X sends; told by listen, and handed on to it by schedule. */
export const rulesOptions = (group: string) =>
  ({
    keyword: list(parseText, { describe: 'Also tweets with this word or phrase', verbatim: true, group }),
    lang: list(parseText, { describe: 'Only tweets in these languages, e.g. pt,en', group }),
    rule: list(parseText, { describe: "Also tweets that this rule in X's language matches", verbatim: true, group }),
    foreign: flag({ describe: 'Store tweets that only rules of other programs matched, too', group }),
  }) satisfies Options

/** What limits the bill; told by listen, and handed on to it by schedule. Absent, listen's own defaults hold. */
export const spendOptions = (group: string) =>
  ({
    maxUsd: word(parseUsd, {
      describe: 'End with status 7 before X has billed more than this, in all runs on this lake',
      group,
    }),
    maxUsdPerDay: word(parseUsd, { describe: 'The same for each UTC day (default: 50)', group }),
    sample: word(parsePercent, { describe: 'Have X send only so many percent of the tweets, 1 to 100', group }),
    lean: flag({
      describe:
        'No author profiles (user_* is empty), and retweets, replies and quotes without the tweet they refer to',
      group,
    }),
  }) satisfies Options

/** Dollars a UTC day that may be spent unless it is said otherwise. */
const DEFAULT_MAX_USD_PER_DAY = 50

/** @param maxUsd in dollars, as `spendOptions` gives it */
export function capsOf(maxUsd: number | undefined, maxUsdPerDay = DEFAULT_MAX_USD_PER_DAY): SpendCaps {
  return {
    totalMicroUsd: maxUsd === undefined ? undefined : microUsdOf(maxUsd),
    dayMicroUsd: microUsdOf(maxUsdPerDay),
  }
}

/** Where X is, for whoever asks it. */
export const originOption = (group: string) =>
  wordOr('https://api.x.com', parseOrigin, { describe: 'Where the X API is', group })

/** What is done about time in which nobody listened; told by listen, and handed on to it by schedule. */
export const fillOptions = (group: string) =>
  ({
    backfill: word(parseBackfill, {
      describe: 'Also fill time so far back in which nobody was meant to listen, e.g. 2d (at most 7d)',
      group,
    }),
    noFill: flag({ describe: "Leave gaps as they are: ask X's search for nothing", group }),
  }) satisfies Options

/** How a listener with these words fills gaps. */
export function fillOf(words: { backfill: number | undefined; noFill: boolean; lean: boolean }): {
  fill?: FillSettings
} {
  const query = words.lean ? LEAN_STREAM_QUERY : STREAM_QUERY
  return words.noFill ? {} : { fill: { backfillMs: words.backfill, query } }
}

/** @throws TwdwError E_USAGE for words of `fillOptions` that do not go together, or not with a sample */
export function refuseContradictions(words: {
  backfill: number | undefined
  noFill: boolean
  sample: number | undefined
}): void {
  const { backfill, noFill, sample } = words
  if (backfill === undefined) return
  if (noFill) {
    throw new TwdwError('E_USAGE', '--backfill and --no-fill contradict each other', { hint: 'give one of them' })
  }
  if (sample !== undefined && sample < 100) {
    const why = "X's search knows no sample, and would send and bill every tweet"
    throw new TwdwError('E_USAGE', `--backfill and --sample do not go together: ${why}`, {
      hint: 'leave one of them out',
    })
  }
}

/** @throws TwdwError E_USAGE for more than X's recent search has */
function parseBackfill(text: string): number {
  const backfillMs = parseDuration(text)
  if (backfillMs > 0 && backfillMs <= MAX_BACKFILL_MS) return backfillMs
  throw new TwdwError('E_USAGE', `"${text}" is not a time that X's search reaches back`, { hint: 'write up to 7d' })
}

const MAX_BACKFILL_MS = 7 * 86_400_000

/** Dollars, of which a tweet's price is the least. @throws TwdwError E_USAGE */
function parseUsd(text: string): number {
  const usd = /^\$?\d[\d_]*(?:\.\d{1,6})?$/.test(text) ? Number(text.replace(/[$_]/g, '')) : Number.NaN
  if (!(microUsdOf(usd) >= PRICE_MICRO_USD.post && usd <= MAX_USD)) {
    throw new TwdwError('E_USAGE', `"${text}" is no amount of dollars that X can bill`, {
      hint: `write 20 or 0.50; a tweet is ${usdText(PRICE_MICRO_USD.post)}`,
    })
  }
  return usd
}

const MAX_USD = 1_000_000_000

function parsePercent(text: string): number {
  const percent = parseCount(1)(text)
  if (percent <= 100) return percent
  throw new TwdwError('E_USAGE', `"${text}" is more than 100 percent`)
}

/** Fixed when the lake is made. */
export const timeZoneOption = (group?: string) =>
  word(parseTimeZone, {
    describe: 'Zone of local times, fixed when the lake is made (default: America/Sao_Paulo)',
    ...(group !== undefined && { group }),
  })

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

/** The root of an object store. @throws TwdwError E_USAGE */
function parseEndpoint(text: string): string {
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol) && url.origin === text.replace(/\/$/, '')) return url.origin
  throw new TwdwError('E_USAGE', `not the address of a store: "${text}"`, { hint: 'write https://s3.example.org' })
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
