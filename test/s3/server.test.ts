/**
 * What a real server keeps of S3's promises. `test/s3/run.sh` starts one and says here where it is; without it these tests are
 * skipped by name. The double keeps all of them, always.
 */
import { afterAll, describe } from 'vitest'
import { type S3Double, startS3Double, TEST_KEY } from '../s3-double/double.ts'
import { describePromises } from './promises.contract.ts'

const {
  S3_TEST_SERVER: SERVER = 'a real server',
  S3_TEST_ENDPOINT: ENDPOINT = '',
  S3_TEST_BUCKET: BUCKET = 'lake',
  AWS_ACCESS_KEY_ID = '',
  AWS_SECRET_ACCESS_KEY = '',
  AWS_REGION = 'us-east-1',
} = process.env

/** By server, what it is known not to keep. */
const BROKEN: Readonly<Record<string, readonly string[]>> = {
  // folder by folder: a/1 before a-b/1
  seaweedfs: ['lists are in the order of UTF-8 bytes', 'what a stream was wrapped in is not kept with it'],
  versitygw: ['what a stream was wrapped in is not kept with it'],
}

describe('the double', () => {
  let s3: S3Double
  afterAll(() => s3.close())

  describePromises('the double', async () => {
    s3 = await startS3Double()
    return { endpoint: s3.endpoint, bucket: 'lake', region: 'us-east-1', credentials: TEST_KEY }
  })
})

describe.skipIf(ENDPOINT === '')('a real server', () => {
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY }
  describePromises(
    SERVER,
    async () => ({ endpoint: ENDPOINT, bucket: BUCKET, region: AWS_REGION, credentials }),
    BROKEN[SERVER],
  )
})
