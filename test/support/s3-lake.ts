/** Lakes in the double of S3, and what the AWS SDK is told of this machine: nothing of its own. */
import { systemClock } from '../../src/lib/io/clock.ts'
import type { Lake } from '../../src/lib/io/lake.ts'
import { openS3Lake, type S3LakeOptions } from '../../src/lib/io/s3/lake-s3.ts'
import { type S3Double, type S3DoubleOptions, TEST_KEY, withS3Double } from '../s3-double/double.ts'

import { withTempFolder } from './temp-folder.ts'

/** Variables with which the SDK finds these keys and looks nowhere else. */
export const S3_ENV = {
  AWS_ACCESS_KEY_ID: TEST_KEY.accessKeyId,
  AWS_SECRET_ACCESS_KEY: TEST_KEY.secretAccessKey,
  AWS_SESSION_TOKEN: '',
  AWS_REGION: 'us-east-1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
}

/** As long as production's are long enough for no test. */
export const SHORT_LEASES = { leaseMs: 3_000, renewMs: 400, lateMs: 1_500 }

export interface DoorOptions extends Partial<S3LakeOptions> {
  /** of another lake */
  url?: string
}

export interface S3Doors {
  s3: S3Double
  lake: Lake
  /** the same for another machine: with copies of its own */
  same: Lake
  /** one more machine */
  door(options?: DoorOptions): Lake
  /** what doors warned of */
  warnings: string[]
}

export function withS3Lake<T>(work: (doors: S3Doors) => Promise<T>, options: S3DoubleOptions = {}): Promise<T> {
  Object.assign(process.env, S3_ENV)
  return withS3Double(options, s3 =>
    withTempFolder(async folder => {
      const warnings: string[] = []
      let doors = 0
      const door = ({ url = 's3://lake/some/where', ...own }: DoorOptions = {}) =>
        openS3Lake(url, {
          endpoint: s3.endpoint,
          region: undefined,
          isPathStyle: true,
          cacheFolder: `${folder}/cache-${++doors}`,
          clock: systemClock,
          holder: `door ${doors}`,
          warn: sentence => warnings.push(sentence),
          leaseTimes: SHORT_LEASES,
          ...own,
        })
      return work({ s3, lake: door(), same: door(), door, warnings })
    }),
  )
}
