/** Waits for the server that S3_TEST_ENDPOINT names, at most 30 s, and makes the bucket that S3_TEST_BUCKET names in it. */
import { setTimeout } from 'node:timers/promises'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'

const { S3_TEST_ENDPOINT: endpoint = '', S3_TEST_BUCKET: Bucket = '' } = process.env
const client = new S3Client({ endpoint, forcePathStyle: true, maxAttempts: 1 })
const untilMs = Date.now() + 30_000
for (;;) {
  try {
    await client.send(new CreateBucketCommand({ Bucket }), { abortSignal: AbortSignal.timeout(5000) })
    break
  } catch (error) {
    if (Date.now() > untilMs) {
      process.stderr.write(`${String(error)}\n`)
      process.exit(1)
    }
    await setTimeout(50)
  }
}
