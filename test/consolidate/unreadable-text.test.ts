/** Layer1 is read more than once for an hour: what fails or changes only then leaves the hour as it was, and not the others behind. */
import { describe, expect, it } from 'vitest'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { layer1Path, manifestPath } from '../../src/lib/domain/paths.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import { addLayer1, contentOf, lakeOf, run, someRows } from '../support/consolidate-lake.ts'
import type { MemoryLake } from '../support/memory-lake.ts'

const HOURS = ['2024-01-01T10', '2024-01-01T11', '2024-01-01T12'] as const satisfies string[] as unknown as Hour[]
const [BAD] = HOURS as [Hour]

/** @param onRead called before each reading of the file, with how many there were before */
function spyOn(lake: MemoryLake, path: string, onRead: (before: number) => void): void {
  let reads = 0
  const { read, open } = lake
  lake.read = async asked => {
    if (asked === path) onRead(reads++)
    return read(asked)
  }
  lake.open = async asked => {
    if (asked === path) onRead(reads++)
    return open(asked)
  }
}

const layer2OfBad = (lake: MemoryLake) =>
  Object.entries(contentOf(lake)).filter(([path]) => path.startsWith('layer2/') && /utc_hour=10|T10/.test(path))

describe('an hour whose layer1 cannot be read a second time', () => {
  /** The first reading casts the file; texts are read behind that. A file of this size is not kept in memory. */
  const long = Array.from({ length: 60_000 }, (_, n) => (n * 7919).toString(36)).join(' ')

  it.each([false, true])('stays as it was, and the hours behind it are done (rebuild: %s)', async rebuild => {
    const lake = await lakeOf({})
    for (const hour of HOURS) {
      const [first, second] = someRows(hour)
      await addLayer1(lake, hour, 'segment-1', [{ ...first!, text: long, raw: long }, second!])
    }
    await run(lake)
    const before = layer2OfBad(lake)
    for (const hour of HOURS) await addLayer1(lake, hour, 'segment-2', someRows(hour, 1))
    const path = layer1Path(BAD, 'segment-1')
    const failure = new TwdwError('E_LAKE', `${path} cannot be read: the disk reports an input/output error`)
    spyOn(lake, path, reads => {
      if (reads > 0) throw failure
    })
    await expect(run(lake, { rebuild })).rejects.toMatchObject({
      code: 'E_LAKE',
      message: expect.stringContaining(path),
    })
    expect(layer2OfBad(lake)).toEqual(before)
    const inputsOf = (hour: Hour) =>
      JSON.parse(new TextDecoder().decode(lake.files.get(manifestPath(hour)))).inputs.length
    expect(HOURS.map(inputsOf)).toEqual([1, 2, 2])
  })
})

describe('an hour whose layer1 is replaced while it is made', () => {
  it.each(['as many', 'fewer'])('is not published with rows of both (%s rows)', async kind => {
    const rows = Array.from({ length: 5 }, (_, n) => ({
      ...someRows(BAD)[0]!,
      tweet_id: `10${n}`,
      author_id: `50${n}`,
      text: `text of 10${n}`,
      raw: 'x'.repeat(400_000).replaceAll('x', () => Math.random().toString(36).slice(2, 4)),
    }))
    const [lake, other] = [await lakeOf({}), await lakeOf({})]
    await addLayer1(lake, BAD, 'segment-1', rows)
    const others = kind === 'fewer' ? rows.slice(0, 3) : [...rows.slice(1), { ...rows[0]!, tweet_id: '999' }]
    await addLayer1(other, BAD, 'segment-1', others)
    const path = layer1Path(BAD, 'segment-1')
    spyOn(lake, path, reads => {
      if (reads === 1) lake.files.set(path, other.files.get(path)!)
    })
    await expect(run(lake)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: `memory/${path} was replaced while its hour was consolidated`,
      hint: 'nothing of the hour was published; run it again',
    })
    expect(layer2OfBad(lake)).toEqual([])
    expect((await run(lake)).totals.tweets).toBe(others.length)
  })
})
