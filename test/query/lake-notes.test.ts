import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Hour, hourOf } from '../../src/lib/domain/hour.ts'
import { layer1Path, manifestPath } from '../../src/lib/domain/paths.ts'
import { type LakeState, readHourNotes, readLakeState } from '../../src/lib/query/lake-state.ts'
import { addLayer1, lakeOf, run, someRows } from '../support/consolidate-lake.ts'
import { layer1Table } from '../support/layer1-rows.ts'
import type { MemoryLake } from '../support/memory-lake.ts'

const HOURS = [0, 1, 23, 24, 47].map(hour => hourOf(Date.parse('2024-01-01T10:00:00Z') + hour * 3_600_000))
const timeZone = 'America/Sao_Paulo'
const ALL = { from: undefined, to: undefined }

/** Notes in memory. */
function emptyNotes() {
  let text: string | undefined
  return {
    written: 0,
    read: async () => text,
    async write(this: { written: number }, fresh: string) {
      text = fresh
      this.written += 1
    },
  }
}

type NotesInMemory = ReturnType<typeof emptyNotes>

interface Asked {
  range: { from: Hour | undefined; to: Hour | undefined }
  /** hours of the journal */
  live: readonly Hour[]
  timeZone: string
}

async function stateOf(lake: MemoryLake, asked: Asked, kept?: NotesInMemory): Promise<LakeState> {
  const live = new Map(asked.live.map(hour => [hour, [layer1Table(someRows(hour, 9))]]))
  const plan = { range: asked.range, timeZone: asked.timeZone, batchOnly: false, wantsLayer1: false }
  const notes = kept && (await readHourNotes(kept, asked.timeZone))
  return readLakeState(plan, { lake, liveTables: async () => live, notes })
}

/** What an answer follows from. */
function essence({ consolidated, pending, excluded, inputs, covered }: LakeState, range: Asked['range']) {
  const ofPending = pending.map(hour => [hour, inputs.get(hour) ?? []])
  // without notes a day is listed whole, and tells of hours beside the range
  const first = range.from === undefined && range.to === undefined ? covered : undefined
  return { consolidated: [...consolidated], pending, excluded, ofPending, first }
}

const anyHour = fc.constantFrom(...HOURS)
const anyRange = fc.constantFrom(
  ALL,
  { from: HOURS[1], to: HOURS[3] },
  { from: HOURS[2], to: undefined },
  { from: undefined, to: HOURS[2] },
) as fc.Arbitrary<Asked['range']>

/** What may happen to a lake between two questions. */
const anyChange: fc.Arbitrary<(lake: MemoryLake) => Promise<unknown>> = fc.oneof(
  fc.tuple(anyHour, fc.nat(8)).map(
    ([hour, n]) =>
      (lake: MemoryLake) =>
        addLayer1(lake, hour, `s${n}`, someRows(hour, n)),
  ),
  fc.constant((lake: MemoryLake) => run(lake)),
  anyHour.map(hour => (lake: MemoryLake) => run(lake, { range: { from: hour, to: undefined }, rebuild: true })),
  fc.tuple(anyHour, fc.nat(8)).map(
    ([hour, n]) =>
      async (lake: MemoryLake) =>
        lake.files.delete(layer1Path(hour, `s${n}`)),
  ),
  anyHour.map(hour => async (lake: MemoryLake) => lake.files.delete(manifestPath(hour))),
)

const anyAsked: fc.Arbitrary<Asked> = fc.record({
  range: anyRange,
  live: fc.subarray(HOURS, { maxLength: 1 }),
  timeZone: fc.constantFrom(timeZone, timeZone, timeZone, 'Asia/Kolkata'),
})

describe('notes of a lake', () => {
  it('never change what a question finds, whatever happens between two of them', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(anyChange, anyAsked), { maxLength: 8 }), async steps => {
        const lake = await lakeOf({})
        const notes = emptyNotes()
        for (const [change, asked] of steps) {
          await change(lake)
          const byNotes = await stateOf(lake, asked, notes)
          expect(essence(byNotes, asked.range)).toEqual(essence(await stateOf(lake, asked), asked.range))
        }
      }),
      { numRuns: 60 },
    ))

  it('spare a question every hour that is as it was', async () => {
    const lake = await lakeOf(Object.fromEntries(HOURS.map(hour => [hour, someRows(hour)])))
    await run(lake)
    const notes = emptyNotes()
    const asked = { range: ALL, live: [], timeZone }
    await stateOf(lake, asked, notes)
    const seen: string[] = []
    const watched: MemoryLake = {
      ...lake,
      list(prefix) {
        seen.push(`list ${prefix}`)
        return lake.list(prefix)
      },
      readListed(files) {
        seen.push(...files.map(({ path }) => `read ${path}`))
        return lake.readListed(files)
      },
    }
    await stateOf(watched, asked, notes)
    expect(seen).toEqual(['list layer1/forgotten/'])
    expect(notes.written).toBe(1)
    await addLayer1(lake, HOURS[1]!, 'late', someRows(HOURS[1]!, 1))
    await stateOf(watched, asked, notes)
    expect(seen.slice(1)).toEqual([
      'list layer1/tweets/utc_date=2024-01-01/utc_hour=11/',
      'read layer2/_twdw/hours/2024-01-01T11.json',
      'list layer1/forgotten/',
    ])
  })

  it('are worth nothing when they are cut short, of another version or damaged', async () => {
    const lake = await lakeOf({ [HOURS[0]!]: someRows(HOURS[0]!) })
    await run(lake)
    const asked = { range: ALL, live: [], timeZone }
    const good = emptyNotes()
    await stateOf(lake, asked, good)
    const text = (await good.read())!
    const cut = JSON.parse(text)
    cut.layer1.pop()
    const { otherCommitted: _, ...lacking } = JSON.parse(text)
    for (const bad of [
      text.slice(0, -1),
      text.replace('hours 3', 'hours 4'),
      '',
      'null',
      '{}',
      JSON.stringify(cut),
      JSON.stringify(lacking),
    ]) {
      const state = await stateOf(lake, asked, { ...emptyNotes(), read: async () => bad })
      expect([...state.consolidated.keys()]).toEqual([HOURS[0]])
    }
  })
})
