import { describe, expect, it } from 'vitest'
import { duckDbError } from '../../../src/lib/io/duckdb/errors.ts'

describe('duckDbError about a file', () => {
  const COPY = 'put a good copy of the file in its place, or move it out of the lake'
  const REBUILD = 'run `twdw consolidate --rebuild`: everything in layer2 can be made again from layer1'
  it.each([
    ["Invalid Input Error: File '/lake/layer2/fact_tweet/part-0.parquet' too small to be a Parquet file", REBUILD],
    ['IO Error: No files found that match the pattern "/lake/layer2/agg_hashtag_hour/part-0.parquet"', REBUILD],
    ["Invalid Input Error: File '/lake/layer1/tweets/a.parquet' too small to be a Parquet file", COPY],
  ])('names the way to mend it: %s', (message, hint) => {
    expect(duckDbError(new Error(message), { sql: '', readable: ['/lake'], readsAllFiles: false })).toMatchObject({
      code: 'E_LAKE',
      message,
      hint,
    })
  })
})
