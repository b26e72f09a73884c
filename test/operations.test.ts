/** docs/operations.md as a reader takes it: the blocks that any machine can run, in their order, on the executable. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BUILT } from './support/executable.ts'
import { operationsBlock } from './support/operations-page.ts'
import { withTempFolder } from './support/temp-folder.ts'
import { TOKEN } from './support/x-process.ts'

/** The block in a shell that ends at the first command that fails, in a folder where `twdw` is found. */
function run(name: string, folder: string): string {
  const block = operationsBlock(name).replaceAll('/backup/', `${folder}/backup/`)
  const env = { PATH: `${folder}/bin:/usr/bin:/bin`, HOME: folder, TZ: 'Asia/Kathmandu', X_BEARER_TOKEN: TOKEN }
  const { stdout, stderr, status } = spawnSync('sh', ['-ec', block], { cwd: folder, env, encoding: 'utf8' })
  expect(`${stderr}\nstatus ${status}`).toMatch(/status 0$/)
  return stdout
}

describe('docs/operations.md', () => {
  it('leads from nothing to an answer, a backup, a restored lake and a moved one', { timeout: 120_000 }, () =>
    withTempFolder(async folder => {
      mkdirSync(join(folder, 'bin'))
      symlinkSync(BUILT, join(folder, 'bin/twdw'))
      const laptop = run('laptop', folder)
      const [, tweets] = /([\d,]+) tweets stored/.exec(laptop) ?? []
      expect(Number(tweets?.replace(',', ''))).toBeGreaterThan(100)
      expect(laptop).toMatch(/^tag,hour,tweets$/m)
      expect(run('backup', folder)).toMatch(/copied to .*backup\/lake and looked at there/)
      const restored = run('restore', folder)
      expect(restored).toMatch(/checks: \d+ in order/)
      const answer = (text: string) => text.slice(text.indexOf('tag,hour,tweets')).split('\n').slice(0, 4)
      expect(answer(restored)).toEqual(answer(laptop))
      expect(run('moving', folder)).toMatch(/0 copied to /)
      expect(run('checks', folder)).toMatch(/"listeners"/)
    }),
  )
})
