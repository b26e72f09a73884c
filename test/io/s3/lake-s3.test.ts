/** A lake in S3: the contract, over the double. */
import { withS3Lake } from '../../support/s3-lake.ts'
import { describeLake } from '../lake.contract.ts'

describeLake('a bucket', work => withS3Lake(({ lake, same }) => work(lake, same)))
describeLake('a bucket whose listings have pages of two', work =>
  withS3Lake(({ lake, same }) => work(lake, same), { pageKeys: 2 }),
)
