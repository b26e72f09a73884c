/** The words of `twdw schedule run` and `health` that hardly another kind of schedule has: Compose's scheduler knows its times, too. */
import { CONSOLIDATE_MINUTE } from '../domain/schedule/jobs.ts'
import { parseTimeZone } from '../domain/time-zone.ts'
import { TwdwError } from '../errors.ts'
import { flag, type Options, parseText, type Values, word, wordOr } from '../settings.ts'

const GROUP = 'In the foreground (run, health):'

export const RUN_OPTIONS = {
  consolidateAt: wordOr(`${CONSOLIDATE_MINUTE} * * * *`, parseText, {
    describe: 'When to consolidate, as a cron expression; six fields begin with seconds',
    group: GROUP,
  }),
  cronTimeZone: wordOr('UTC', parseTimeZone, { describe: 'Zone of --consolidate-at', group: GROUP }),
  noListener: flag({ describe: 'Only consolidate, whatever hashtags the settings name', group: GROUP }),
  healthFile: word(parseText, {
    describe: 'Where it tells how it is, as JSON (default: scheduler.json in the state folder)',
    completes: 'files',
    group: GROUP,
  }),
  healthPort: word(parseListenAddress, {
    describe: 'Tell it over HTTP as well, e.g. 8080, or 0.0.0.0:8080 for other machines (default address: 127.0.0.1)',
    group: GROUP,
  }),
} satisfies Options

/** Where a server listens. */
export interface ListenAddress {
  host: string
  port: number
}

/** @throws TwdwError E_USAGE */
function parseListenAddress(text: string): ListenAddress {
  const [, bracketed, plain, digits = ''] = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (port < 1 || port > 65_535) {
    throw new TwdwError('E_USAGE', `"${text}" is no port`, { hint: 'write 8080 or 0.0.0.0:8080' })
  }
  return { host: bracketed ?? plain ?? '127.0.0.1', port }
}

/** @throws TwdwError E_USAGE for words of the foreground given to a kind that writes files, which would not have them */
export function refuseForegroundWords(kind: string, given: Values<typeof RUN_OPTIONS>): void {
  const isTimed = kind === 'compose'
  const { consolidateAt, cronTimeZone, noListener, healthFile, healthPort } = given
  const words = [
    ...(isTimed || consolidateAt === RUN_OPTIONS.consolidateAt.fallback ? [] : ['--consolidate-at']),
    ...(isTimed || cronTimeZone === RUN_OPTIONS.cronTimeZone.fallback ? [] : ['--cron-time-zone']),
    ...(noListener ? ['--no-listener'] : []),
    ...(healthFile === undefined ? [] : ['--health-file']),
    ...(healthPort === undefined ? [] : ['--health-port']),
  ]
  refuseWords(words, kind, 'it is for `twdw schedule run`')
}

/** @throws TwdwError E_USAGE for words that put something in place given to a kind that runs here */
export function refuseInstallWords(
  kind: string,
  given: { install: boolean; uninstall: boolean; dryRun: boolean; user: boolean; runAs: string | undefined },
): void {
  const { install, uninstall, dryRun, user, runAs } = given
  const words = [
    ...(install ? ['--install'] : []),
    ...(uninstall ? ['--uninstall'] : []),
    ...(dryRun ? ['--dry-run'] : []),
    ...(user ? ['--user'] : []),
    ...(runAs === undefined ? [] : ['--run-as']),
  ]
  refuseWords(words, kind, 'it runs here and now, as you')
}

/** @param because a clause. @throws TwdwError E_USAGE where there is a word, naming all of them */
export function refuseWords(words: readonly string[], kind: string, because: string): void {
  if (words.length === 0) return
  const verb = words.length === 1 ? 'means' : 'mean'
  throw new TwdwError('E_USAGE', `${words.join(' and ')} ${verb} nothing to schedule ${kind}: ${because}`, {
    hint: `leave ${words.length === 1 ? 'it' : 'them'} out`,
  })
}
