/** `kill -9` at any instant: the executable loses no line and stores none twice. TWDW_KILLS asks for more deaths, TWDW_SEED for the same. */
import { describe, expect, it } from 'vitest'
import { withMachine } from '../support/executable.ts'
import { killOften } from '../support/killed-listener.ts'

const KILLS = Number(process.env.TWDW_KILLS ?? 200)
const SEED = Number(process.env.TWDW_SEED ?? process.hrtime.bigint() % 1_000_000n)

describe(`a listener killed ${KILLS} times (TWDW_SEED=${SEED})`, { timeout: 60_000 + KILLS * 2_000 }, () => {
  it('has every line that was whole on the disk exactly once, in layer1 and in layer2', () =>
    withMachine(async machine => {
      const report = await killOften(machine, { kills: KILLS, seed: SEED })
      const { lost, doubled, forgotten, invented, ...figures } = report
      console.log(JSON.stringify({ seed: SEED, ...figures }))
      expect({ lost, doubled, forgotten, invented }).toEqual({ lost: [], doubled: [], forgotten: [], invented: [] })
      // the last life is not killed but stopped, perhaps in the middle of a line
      expect(report.rejected).toBeLessThanOrEqual(1)
      // the test would prove little if nothing had been at stake
      expect(report.journaled).toBeGreaterThan(KILLS)
      expect(report.stored).toBeGreaterThan(report.journaled)
      const { recovery, reading, publishing } = report.moments
      if (KILLS >= 200) expect(Math.min(recovery, reading, publishing)).toBeGreaterThan(0)
    }))
})
