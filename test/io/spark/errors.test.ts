import { status } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { EngineGone, SqlError, TwdwError } from '../../../src/lib/errors.ts'
import { sparkError } from '../../../src/lib/io/spark/errors.ts'

const ofGrpc = (code: status, details: string) => Object.assign(new Error(details), { code, details, metadata: {} })
const told = (code: status, details: string, sql?: string) =>
  sparkError(ofGrpc(code, details), { address: 'spark:1', sql })
const sentence = (code: status, details: string, sql?: string) => {
  const error = told(code, details, sql)
  return error instanceof TwdwError ? [error.code, error.message] : error
}

describe('sparkError', () => {
  it('leaves what is no error of gRPC as it is', () => {
    const bug = new TypeError('x is not a function')
    expect(sparkError(bug, { address: 'spark:1' })).toBe(bug)
  })

  it.each([
    [
      'No connection established. Last error: Error: connect ECONNREFUSED 10.0.0.1:1. Resolution note: ',
      'connect ECONNREFUSED 10.0.0.1:1',
    ],
    ['Name resolution failed for target dns:spark:1', 'Name resolution failed for target dns:spark:1'],
    ['read ECONNRESET', 'read ECONNRESET'],
  ])('says that nobody is there, and why: %s', (details, why) => {
    expect(sentence(status.UNAVAILABLE, details)).toEqual([
      'E_LAKE',
      `the Spark server at spark:1 cannot be reached, or went away: ${why}`,
    ])
    expect(told(status.UNAVAILABLE, details)).toBeInstanceOf(EngineGone)
  })

  it('tells what is no Spark of version 4', () => {
    expect(sentence(status.UNIMPLEMENTED, 'Method not found: spark.connect.SparkConnectService/X')).toEqual([
      'E_USAGE',
      'what listens at spark:1 is no Spark Connect server of Spark 4: Method not found: spark.connect.SparkConnectService/X',
    ])
  })

  it.each([
    ['Java heap space', 'Spark at spark:1 ran out of memory: Java heap space'],
    [
      'Job aborted due to stage failure: Task 0 in stage 1.0 failed 4 times\n\tat java',
      'Spark at spark:1 gave up: Job aborted due to stage failure: Task 0 in stage 1.0 failed 4 times',
    ],
    [
      'Job aborted due to stage failure: java.lang.OutOfMemoryError: Java heap space',
      'Spark at spark:1 ran out of memory: Job aborted due to stage failure: java.lang.OutOfMemoryError: Java heap space',
    ],
  ])('does not ask again for what ends its server: %s', (details, message) => {
    expect(told(status.INTERNAL, details)).toBeInstanceOf(EngineGone)
    expect(sentence(status.INTERNAL, details)).toEqual(['E_LAKE', message])
  })

  it.each([
    '[PATH_NOT_FOUND] Path does not exist: file:/lake/x.parquet. SQLSTATE: 42K03',
    '[FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH] Encountered error while reading file file:/x. SQLSTATE: KD001',
    'java.nio.file.AccessDeniedException: s3a://lake: 403',
    'No FileSystem for scheme "s3a"',
  ])('takes for the lake what is of its files: %s', details => {
    const error = told(status.INTERNAL, details)
    expect(sentence(status.INTERNAL, details)).toEqual(['E_LAKE', `Spark at spark:1 cannot read a file: ${details}`])
    expect(error).not.toBeInstanceOf(EngineGone)
  })

  it('tells what Spark may not read from what it may not write', () => {
    const details = 'java.nio.file.AccessDeniedException: s3a://lake/_scratch/job-1/fact_tweet: Status Code: 403'
    expect(sentence(status.INTERNAL, details)).toEqual([
      'E_LAKE',
      `Spark at spark:1 cannot write into the lake: ${details}`,
    ])
  })

  it('has the place of what is wrong, and says it only there', () => {
    const details = "[PARSE_SYNTAX_ERROR] Syntax error at or near 'x'. SQLSTATE: 42601 (line 2, pos 3)\n\n== SQL =="
    const error = told(status.INTERNAL, details, 'SELECT 1\n   x')
    expect(error).toBeInstanceOf(SqlError)
    expect([(error as SqlError).message, (error as SqlError).at]).toEqual([
      "[PARSE_SYNTAX_ERROR] Syntax error at or near 'x'. SQLSTATE: 42601",
      12,
    ])
    expect(told(status.INTERNAL, details)).not.toBeInstanceOf(SqlError)
  })

  it('does not tell to set what cannot be set', () => {
    const details =
      '[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0. If necessary set "spark.sql.ansi.enabled" to "false" to bypass this error. SQLSTATE: 22012'
    expect(sentence(status.INTERNAL, details, 'SELECT 1/0')).toEqual([
      'E_USAGE',
      '[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0. SQLSTATE: 22012',
    ])
  })
})
