import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BlockPool, findRecords, RecordBlock, recordsIn } from '../../src/lib/io/journal-records.ts'

const batches = fc.array(
  fc.record({
    lines: fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 }),
    capturedAtMs: fc.nat(),
  }),
  { maxLength: 6 },
)

function blockOf(added: readonly { lines: Uint8Array[]; capturedAtMs: number }[]): RecordBlock {
  const block = new RecordBlock(new BlockPool())
  for (const batch of added) block.add(batch)
  return block
}

const plain = (records: ReturnType<typeof recordsIn>) =>
  records.map(({ bytes, capturedAtMs }) => [[...bytes], capturedAtMs])

describe('records', () => {
  it('give back every line with its time, in order: property', () => {
    fc.assert(
      fc.property(batches, added => {
        const block = blockOf(added)
        const expected = added.flatMap(({ lines, capturedAtMs }) => lines.map(line => [[...line], capturedAtMs]))
        expect(plain(recordsIn(block.records))).toEqual(expected)
        expect(block.lines).toBe(expected.length)
        expect(findRecords(block.records)).toMatchObject({ tornBytes: 0, damagedBytes: 0 })
      }),
    )
  })

  it('are all found that are whole, wherever bytes are cut off or changed: property', () => {
    const added = [{ lines: ['one', 'two', 'three'].map(text => new TextEncoder().encode(text)), capturedAtMs: 7 }]
    const whole = new Uint8Array(blockOf(added).records)
    const all = plain(recordsIn(whole))
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const cut = findRecords(whole.slice(0, at))
        expect(plain(cut.records)).toEqual(all.slice(0, cut.records.length))
        expect(cut.tornBytes + cut.bytes.length).toBe(at)

        const changed = whole.slice()
        changed[at] = byte
        const found = findRecords(changed)
        // one byte spoils one record, and the others are where they were
        expect(found.records.length).toBeGreaterThanOrEqual(changed[at] === whole[at] ? 3 : 2)
        for (const record of plain(found.records)) expect(all).toContainEqual(record)
        expect(found.tornBytes + found.damagedBytes + found.bytes.length).toBe(whole.length)
      }),
    )
  })

  it('grow beyond the memory of a block, and can be taken back', () => {
    const block = new RecordBlock(new BlockPool())
    const long = new Uint8Array(4 << 20).fill(65)
    block.add({ lines: [long], capturedAtMs: 1 })
    const last = block.add({ lines: [long, long], capturedAtMs: 2 })
    expect(recordsIn(block.records).map(record => record.bytes.length)).toEqual([4 << 20, 4 << 20, 4 << 20])
    block.removeLast(last, 2)
    expect(recordsIn(block.records).map(record => [record.bytes.length, record.capturedAtMs])).toEqual([[4 << 20, 1]])
    expect(block.lines).toBe(1)
  })

  it('lie in the same memory again once it was given back', () => {
    const pool = new BlockPool()
    const { buffer } = new RecordBlock(pool).records
    expect(new RecordBlock(pool).records.buffer).not.toBe(buffer)
    pool.giveBack(buffer)
    expect(new RecordBlock(pool).records.buffer).toBe(buffer)
  })
})
