/** What Spark and the way to it say is wrong, as one sentence. */
import { type ServiceError, status } from '@grpc/grpc-js'
import { EngineGone, SqlError, TwdwError } from '../../errors.ts'
import { STAGING } from './scratch.ts'

/** What was asked of which server. */
export interface Asked {
  address: string
  /** undefined where no SQL was asked */
  sql?: string | undefined
}

/**
 * @param error what gRPC threw
 * @returns E_LAKE when the server cannot be reached, is gone, ran out of memory or cannot read a file; E_REFUSED for a token that
 * it does not take; E_USAGE with Spark's own words when the SQL is wrong (a SqlError where Spark says at which place); what is
 * no error of gRPC's as it is
 */
export function sparkError(error: unknown, { address, sql }: Asked): unknown {
  if (!isServiceError(error)) return error
  const message = error.details || error.message
  switch (error.code) {
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
      if (/Protocol error|Parse Error|HPE_/.test(message)) return noSpark('it speaks no gRPC', address, error)
      return new EngineGone(
        `the Spark server at ${address} cannot be reached, or went away: ${whyUnreachable(message)}`,
        {
          hint: /certificate/.test(message)
            ? 'name the certificate of whoever vouches for it in GRPC_DEFAULT_SSL_ROOTS_FILE_PATH, a file in PEM'
            : 'see that it runs (a Spark Connect server listens on port 15002) and ask again; the lake is as it was',
          cause: error,
        },
      )
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
      return new TwdwError('E_REFUSED', `the Spark server at ${address} refuses: ${firstLine(message)}`, {
        hint: 'check the token of the connection string',
        cause: error,
      })
    case status.UNIMPLEMENTED:
      return noSpark(firstLine(message), address, error)
    case status.RESOURCE_EXHAUSTED:
      return new EngineGone(`the Spark server at ${address} has no room for it: ${firstLine(message)}`, {
        hint: 'ask for less at a time, or give its driver more memory (spark.driver.memory)',
        cause: error,
      })
    default:
      return ofSpark(message, error, { address, sql })
  }
}

function noSpark(why: string, address: string, cause: ServiceError): TwdwError {
  return new TwdwError('E_USAGE', `what listens at ${address} is no Spark Connect server of Spark 4: ${why}`, {
    hint: 'ask a Spark of version 4.0 or later for its Connect server, and see whether it is encrypted (use_ssl=true) or not',
    cause,
  })
}

/** What gRPC tells of its tries, without when they were. */
function whyUnreachable(message: string): string {
  const [, last = message] =
    /Last error: (?:\w*Error(?: \[\w+\])?: )?(.*?)\.? ?(?:Resolution note:.*)?$/s.exec(message) ?? []
  return firstLine(last.replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)/, ''))
}

/** Classes of Spark's errors that are of what was asked: names in capitals, which a SQLSTATE follows. */
const OF_FILES = /^\[?(FAILED_READ_FILE|PATH_NOT_FOUND|CANNOT_READ_FILE|UNABLE_TO_INFER_SCHEMA)/
const OF_MEMORY = /OutOfMemoryError|GC overhead limit|Java heap space/
const OF_EXECUTORS =
  /ExecutorLostFailure|Job aborted due to stage failure|SparkContext was shut down|Job \d+ cancelled because SparkContext/

function ofSpark(message: string, cause: ServiceError, { address, sql }: Asked): TwdwError {
  const sentence = firstLine(message)
  if (OF_MEMORY.test(message)) {
    return new EngineGone(`Spark at ${address} ran out of memory: ${sentence}`, {
      hint: 'give its driver or executors more memory, or ask for fewer hours at a time; the lake is as it was',
      cause,
    })
  }
  const isDenied = /AccessDenied|Status Code: 403/.test(message)
  if (isDenied && message.includes(STAGING)) return notWritten(sentence, address, cause)
  if (isDenied || OF_FILES.test(message) || /FileNotFoundException|No FileSystem for scheme/.test(message)) {
    return new TwdwError('E_LAKE', `Spark at ${address} cannot read a file: ${sentence}`, {
      hint: 'the servers of the cluster must reach the lake under the same path, or have s3a and credentials for its bucket',
      cause,
    })
  }
  if (/USER_RAISED_EXCEPTION/.test(message)) {
    return new TwdwError('E_DATA', `Spark at ${address} found what must not be: ${sentence}`, {
      hint: 'nothing was published; report it with the layer1 files of these hours, which are unharmed',
      cause,
    })
  }
  if (/TASK_WRITE_FAILED|Mkdirs failed|No space left on device|Permission denied/.test(message)) {
    return notWritten(sentence, address, cause)
  }
  if (OF_EXECUTORS.test(message)) {
    return new EngineGone(`Spark at ${address} gave up: ${sentence}`, {
      hint: 'see the logs of its executors, and run it again; the lake is as it was',
      cause,
    })
  }
  const hint = 'the SQL is that of Spark: https://spark.apache.org/docs/latest/sql-ref.html'
  const [, line, column] =
    /; line (\d+) pos (\d+)|\(line (\d+), pos (\d+)\)/.exec(message)?.filter(group => group !== undefined) ?? []
  const at = sql === undefined ? undefined : indexOf(sql, Number(line), Number(column))
  if (at !== undefined) return new SqlError(sentence, at, { hint, cause })
  return new TwdwError('E_USAGE', sentence, { hint, cause })
}

function notWritten(sentence: string, address: string, cause: ServiceError): TwdwError {
  return new TwdwError('E_LAKE', `Spark at ${address} cannot write into the lake: ${sentence}`, {
    hint: 'the servers of the cluster must be able to write below _scratch/ of the lake, and have room there',
    cause,
  })
}

/** @param line from 1. @param column from 0. @returns an index in UTF-16 units; undefined where there is no such place */
function indexOf(sql: string, line: number, column: number): number | undefined {
  const lines = sql.split('\n')
  if (!(line >= 1 && line <= lines.length)) return undefined
  return (
    lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0) +
    Math.min(column, lines[line - 1]!.length)
  )
}

/** Spark shows its plan below; the place is shown otherwise, and what is set is not set here. */
function firstLine(message: string): string {
  const [line = ''] = message.trim().split('\n')
  return line
    .replace(/(?:; line \d+ pos \d+;?| \(line \d+, pos \d+\))$/, '')
    .replace(/ If necessary,? set \S+ to "?\w+"?[^.]* to bypass this error\./, '')
    .trim()
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && typeof (error as Partial<ServiceError>).code === 'number' && 'details' in error
}
