/** A program for a test: a lake whose copies are on a disk that is too small. What it came to is JSON on stdout. */
import { readdirSync } from 'node:fs'
import { TwdwError } from '../../src/lib/errors.ts'
import { withS3Lake } from './s3-lake.ts'

await withS3Lake(async ({ s3, door }) => {
  const lake = door({ cacheFolder: process.argv[2] })
  s3.bucket().set('some/where/a/big.parquet', new Uint8Array(3_000_000).fill(7))
  const brought = await lake.bring(['a/big.parquet']).then(String, error => {
    if (error instanceof TwdwError) return `${error.code}: ${error.message} | ${error.hint}`
    throw error
  })
  const requests = s3.take().length
  const entries = await lake.list('a/')
  const [bytes] = await lake.readListed(entries)
  const files = readdirSync(`${process.argv[2]}/files`, { recursive: true, withFileTypes: true })
  const left = files.filter(entry => entry.isFile() && entry.name !== '.swept').length
  process.stdout.write(JSON.stringify({ brought, left, requests, read: bytes?.length }))
})
