import { defineConfig } from 'vitest/config'

/** Where CI wants the totals; nowhere in daily work. */
const reportFile = process.env.TWDW_TEST_REPORT

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // on two cores Vitest would take one of them
    maxWorkers: '100%',
    reporters: reportFile === undefined ? ['default'] : ['default', 'json'],
    ...(reportFile !== undefined && { outputFile: { json: reportFile } }),
  },
})
