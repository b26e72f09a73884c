/**
 * The two jobs that keep a lake alive: a listener that never ends, and a consolidation every hour.
 *
 * Everything that can run them (systemd, cron) takes their words from here, so that all run the same
 * commands. Words are not yet quoted: each of those files has rules of its own.
 */
import { TwdwError } from '../../errors.ts'
import { isInStore } from '../lake-url.ts'

export interface Jobs {
  /** absolute path of the twdw that is to run */
  executable: string
  /** absolute path of the lake's folder, without `.`, `..` or a slash at its end; or `s3://bucket/prefix` */
  lake: string
  /** how a lake in S3 is reached, as words for every command, such as `--s3-region=eu-west-1`; none of them is a secret */
  lakeOptions: readonly string[]
  /** absolute path of the journal's folder; undefined: `_state` in the lake, which a lake in S3 cannot have */
  stateDir: string | undefined
  /** hashtags to listen for, as spelled, without their sign */
  tags: readonly string[]
  /** further words for listen, such as `--max-usd-per-day`, `5` */
  listenOptions: readonly string[]
  /** whether the small files of hours that ended a day ago are merged as well */
  compacts: boolean
  /** absolute path of the file that holds X's bearer token; undefined: the source needs none */
  tokenFile: string | undefined
  /** absolute path of a credentials file of AWS, in its own form; undefined: the SDK finds credentials where the job runs */
  awsFile?: string | undefined
}

/** Name of the bearer token as a credential, and of the file that holds it. */
export const TOKEN_NAME = 'x_bearer_token'
export const AWS_CREDENTIALS_NAME = 'aws_credentials'
/** The SDK's name for where such a file is. */
export const AWS_FILE_VARIABLE = 'AWS_SHARED_CREDENTIALS_FILE'

/**
 * Minute of the hour at which consolidate runs. The last segment of an hour is sealed one minute after
 * its end and the hour counts as closed after two, so five leaves room for a slow disk.
 */
export const CONSOLIDATE_MINUTE = 5

/**
 * Exit statuses after which starting the listener again at once changes nothing: wrong usage, a refusal
 * by X, a cap on the whole. The day's cap is none of them: a scheduled listener waits for the next day.
 */
export const LASTING_STATUSES = [2, 3, 7] as const

/** The listener's command line, its executable first. */
export function listenWords(jobs: Jobs): string[] {
  return [jobs.executable, 'listen', ...jobs.tags, ...placeWords(jobs), ...jobs.listenOptions]
}

/** That of consolidate, which runs every hour. */
export function consolidateWords(jobs: Jobs): string[] {
  return [...bareConsolidateWords(jobs), ...(jobs.compacts ? ['--compact'] : [])]
}

/** The same for who has small files merged by a job of its own, or not at all. */
export function bareConsolidateWords(jobs: Jobs): string[] {
  return [jobs.executable, 'consolidate', ...placeWords(jobs)]
}

function placeWords(jobs: Jobs): string[] {
  const state = jobs.stateDir === undefined ? [] : ['--state-dir', jobs.stateDir]
  return ['--lake', jobs.lake, ...state, ...jobs.lakeOptions]
}

/**
 * The folder of the journal and of locks, on a disk of this machine.
 * @throws TwdwError E_USAGE where the lake is in S3 and it is not said which folder that is
 */
export function stateFolder({ lake, stateDir }: Pick<Jobs, 'lake' | 'stateDir'>): string {
  if (stateDir !== undefined) return stateDir
  if (!isInStore(lake)) return `${lake}/_state`
  throw new TwdwError('E_USAGE', `the journal of ${lake} has no folder on this machine`, {
    hint: 'name one with --state-dir',
  })
}

/**
 * Unit files and crontabs are lines: a word with a line end in it would be two of them.
 * @throws TwdwError E_USAGE naming the first word that cannot stand in a line
 */
export function refuseControlCharacters(words: readonly string[]): void {
  for (const word of words) {
    if (/[\u0000-\u001f\u007f]/.test(word)) {
      throw new TwdwError('E_USAGE', `${JSON.stringify(word)} holds a control character, and a line cannot`, {
        hint: 'leave that character out',
      })
    }
  }
}

/** True for `folder` itself and everything below it. Both absolute and without `.` or `..`. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
