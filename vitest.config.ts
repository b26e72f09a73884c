import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Where CI wants the totals; nowhere in daily work. */
const reportFile = process.env.TWDW_TEST_REPORT

/** On a clean checkout Vitest takes large files first, and the small ones that start the executable for minutes last, one of them alone. */
class ExecutablesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const startsExecutables = ({ moduleId }: TestSpecification) => moduleId.includes('/test/cli/')
    return [...sorted.filter(startsExecutables), ...sorted.filter(file => !startsExecutables(file))]
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // many of them wait: for a server, for a time-out, for a disk
    maxWorkers: '150%',
    sequence: { sequencer: ExecutablesFirst },
    reporters: reportFile === undefined ? ['default'] : ['default', 'json'],
    ...(reportFile !== undefined && { outputFile: { json: reportFile } }),
  },
})
