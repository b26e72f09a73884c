import { defineConfig } from 'vitest/config'

/** Where CI wants the totals; nowhere in daily work. */
const reportFile = process.env.TWDW_TEST_REPORT

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // many of them wait: for a server, for a time-out, for a disk
    maxWorkers: '150%',
    reporters: reportFile === undefined ? ['default'] : ['default', 'json'],
    ...(reportFile !== undefined && { outputFile: { json: reportFile } }),
  },
})
