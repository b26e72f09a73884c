/**
 * Crontab entries: cron starts things and never looks after them, so flock does.
 *
 * Every minute a listener is started, and ends at once while another holds the lock: that is how one that
 * died comes back. Crons disagree on what a backslash before another backslash means, so entries hold no such
 * pair. Hours are UTC and cron's clock is local: where a zone is off by half an hour, consolidate runs that
 * much later.
 */
import { TwdwError } from '../../errors.ts'
import {
  AWS_FILE_VARIABLE,
  CONSOLIDATE_MINUTE,
  consolidateWords,
  type Jobs,
  LASTING_STATUSES,
  listenWords,
  refuseControlCharacters,
  stateFolder,
} from './jobs.ts'

/** What cron's own environment may lack: flock, logger, mkdir and sleep are found here. */
const SEARCH_PATH = '/usr/local/bin:/usr/bin:/bin'

/** A listener that was refused keeps the lock this long, so that X is not asked every minute. */
const REFUSED_PAUSE_S = 900

/** The longest command that Vixie's cron, which most systems have, takes: its buffer is of 1000 bytes. */
const MAX_COMMAND_BYTES = 998

/**
 * The lines for one lake, with a line end after the last.
 * @throws TwdwError E_USAGE when a path cannot stand in a line, or an entry is longer than cron reads
 */
export function crontabBlock(jobs: Jobs): string {
  refuseControlCharacters([...listenWords(jobs), jobs.tokenFile ?? '', jobs.awsFile ?? ''])
  return [
    beginLine(jobs.lake),
    '# Installing again replaces this block. Logs: journalctl -t twdw, or /var/log/syslog',
    entry('* * * * *', listenCommand(jobs)),
    entry(`${CONSOLIDATE_MINUTE} * * * *`, consolidateCommand(jobs)),
    endLine(jobs.lake),
    '',
  ].join('\n')
}

function listenCommand(jobs: Jobs): string {
  const folder = cronWord(stateFolder(jobs))
  const lock = cronWord(`${stateFolder(jobs)}/cron-listen.lock`)
  const listen = listenWords(jobs).map(cronWord).join(' ')
  const pause = `case $? in ${LASTING_STATUSES.join('|')}) sleep ${REFUSED_PAUSE_S};; esac`
  const token = jobs.tokenFile === undefined ? '' : `X_BEARER_TOKEN_FILE=${cronWord(jobs.tokenFile)} `
  const words = `${awsVariable(jobs)}${token}${listen}`
  return `PATH=${SEARCH_PATH}; mkdir -p ${folder} && (flock -n 9 || exit 0; ${words}; ${pause}) 9>>${lock} 2>&1 | logger -t twdw`
}

function consolidateCommand(jobs: Jobs): string {
  const folder = cronWord(stateFolder(jobs))
  const lock = cronWord(`${stateFolder(jobs)}/cron-consolidate.lock`)
  const consolidate = consolidateWords(jobs).map(cronWord).join(' ')
  return `PATH=${SEARCH_PATH}; mkdir -p ${folder} && ${awsVariable(jobs)}flock -n ${lock} ${consolidate} 2>&1 | logger -t twdw`
}

function awsVariable({ awsFile }: Jobs): string {
  return awsFile === undefined ? '' : `${AWS_FILE_VARIABLE}=${cronWord(awsFile)} `
}

function entry(when: string, command: string): string {
  const bytes = new TextEncoder().encode(command).length
  if (bytes > MAX_COMMAND_BYTES) {
    throw new TwdwError('E_USAGE', `the crontab entry is ${bytes} bytes long, and cron takes ${MAX_COMMAND_BYTES}`, {
      hint: 'name fewer tags or shorter paths, or use `twdw schedule systemd`, which has no such limit',
    })
  }
  return `${when} ${command}`
}

/**
 * One word that every cron and every POSIX shell reads back as it is. A quotation is closed and opened
 * again after each backslash, so that none stands before another backslash or before a `%`.
 */
export function cronWord(text: string): string {
  if (/^[\w/.,:=+@-]+$/.test(text)) return text
  const quoted = text.replaceAll(/['\\%]/g, one => ({ "'": `'\\''`, '\\': `\\''`, '%': '\\%' })[one] ?? one)
  return `'${quoted}'`
}

/**
 * A crontab with the block of this lake in the place of its former one, or at the end.
 * @param crontab '' where there is none
 * @throws TwdwError E_USAGE when a former block was cut by hand
 */
export function withBlock(crontab: string, lake: string, block: string): string {
  const found = findBlock(crontab, lake)
  if (found !== undefined) return crontab.slice(0, found.start) + block + crontab.slice(found.end)
  return crontab === '' || crontab.endsWith('\n') ? crontab + block : `${crontab}\n${block}`
}

/**
 * A crontab without the block of this lake; unchanged where there is none.
 * @throws TwdwError E_USAGE when the block was cut by hand
 */
export function withoutBlock(crontab: string, lake: string): string {
  const found = findBlock(crontab, lake)
  return found === undefined ? crontab : crontab.slice(0, found.start) + crontab.slice(found.end)
}

/** Character offsets of the block, line end included: `start` is inside, `end` is not. */
function findBlock(crontab: string, lake: string): { start: number; end: number } | undefined {
  const start = lineOffset(crontab, beginLine(lake), 0)
  if (start === undefined) return undefined
  const last = lineOffset(crontab, endLine(lake), start)
  if (last === undefined) {
    throw new TwdwError('E_USAGE', `the crontab has "${beginLine(lake)}" and no line "${endLine(lake)}" after it`, {
      hint: 'put the line back with `crontab -e`, or remove what is left of the block',
    })
  }
  return { start, end: Math.min(last + endLine(lake).length + 1, crontab.length) }
}

/** Where `line` stands as a whole line at or after `from`. */
function lineOffset(text: string, line: string, from: number): number | undefined {
  const at = `\n${text}\n`.indexOf(`\n${line}\n`, from)
  return at < 0 ? undefined : at
}

function beginLine(lake: string): string {
  return `# BEGIN twdw ${lake}`
}

function endLine(lake: string): string {
  return `# END twdw ${lake}`
}
