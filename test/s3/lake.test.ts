/** A lake in a bucket of a real server: the contract of lakes. `test/s3/run.sh` starts one. */
import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { systemClock } from '../../src/lib/io/clock.ts'
import { openS3Lake } from '../../src/lib/io/s3/lake-s3.ts'
import { describeLake } from '../io/lake.contract.ts'
import { SHORT_LEASES } from '../support/s3-lake.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const { S3_TEST_SERVER: server = '', S3_TEST_ENDPOINT: endpoint, S3_TEST_BUCKET: bucket } = process.env

describe.skipIf(endpoint === undefined)('a real server', () => {
  describeLake(server, work =>
    withTempFolder(async folder => {
      const url = `s3://${bucket}/${randomUUID()}`
      const door = (name: string) =>
        openS3Lake(url, {
          endpoint,
          region: undefined,
          isPathStyle: true,
          cacheFolder: `${folder}/${name}`,
          clock: systemClock,
          holder: name,
          warn: () => undefined,
          leaseTimes: SHORT_LEASES,
        })
      await work(door('one'), door('another'))
    }),
  )
})
