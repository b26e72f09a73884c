/** What lies in a lake for a Spark, and what of it is left where nobody took it away. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openLocalLake } from '../../../src/lib/io/lake-local.ts'
import { lakeForSpark } from '../../../src/lib/io/spark/lake.ts'
import { openStaging } from '../../../src/lib/io/spark/scratch.ts'
import { fixedClock } from '../../support/fixed-clock.ts'
import { withTempFolder } from '../../support/temp-folder.ts'

const lakeIn = (root: string) =>
  lakeForSpark(openLocalLake(root, { holder: 'a test', clock: fixedClock('2024-01-02T00:00:00.000Z') }))

describe('the staging of a job', () => {
  it('begins without what a job left that was killed, its empty folders included', () =>
    withTempFolder(async root => {
      const scratch = join(root, '_scratch')
      await mkdir(join(scratch, 'job-1/fact_tweet/hour_ms=1'), { recursive: true })
      await mkdir(join(scratch, 'job-2/fact_tweet/hour_ms=1'), { recursive: true })
      await writeFile(join(scratch, 'job-1/fact_tweet/hour_ms=1/part-0.parquet'), 'x')
      await mkdir(join(scratch, 'a-question'))
      const staging = await openStaging(lakeIn(root), 0)
      expect(await readdir(scratch)).toEqual(['a-question'])
      await staging.dispose()
    }))

  it('knows its own files by what Spark calls them, and takes no other for one', () =>
    withTempFolder(async root => {
      const staging = await openStaging(lakeIn(root), 0)
      const folder = staging.path.slice(staging.path.indexOf('_scratch/'))
      expect(staging.pathOf(`file://${staging.path}/fact_tweet/part-0.parquet`)).toBe(
        `${folder}/fact_tweet/part-0.parquet`,
      )
      expect(() => staging.pathOf('file:///elsewhere/_scratch/job-9/part-0.parquet')).toThrow(
        `Spark wrote file:///elsewhere/_scratch/job-9/part-0.parquet, which is not below ${folder}`,
      )
      await staging.dispose()
    }))
})
