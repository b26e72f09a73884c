/** A signature for macOS holds for the very bytes that were signed. No Mac is asked: the form is Apple's, and so is the small file made here. */
import { describe, expect, it } from 'vitest'
import { signAdHoc, signatureFault } from '../../scripts/mach-o.ts'

const LINKEDIT_AT = 8192

describe('signAdHoc', () => {
  const signed = signAdHoc(machO(10_000), 'twdw')

  it('signs every byte before the signature', () => {
    expect(signatureFault(signed)).toBeUndefined()
  })

  it('puts the same signature on a file that has one already', () => {
    expect(signAdHoc(signed, 'twdw').equals(signed)).toBe(true)
  })

  it('makes the last segment as long as it is then', () => {
    const linkedit = 32 + 72
    expect(Number(signed.readBigUInt64LE(linkedit + 48))).toBe(signed.length - LINKEDIT_AT)
    expect(Number(signed.readBigUInt64LE(linkedit + 32)) % 0x4000).toBe(0)
  })

  it('refuses a file with no place for a signature', () => {
    const file = machO(10_000)
    file.writeUInt32LE(2, 16)
    expect(() => signAdHoc(file, 'twdw')).toThrow('the Mach-O file has no place for a signature')
  })
})

describe('signatureFault', () => {
  const signed = signAdHoc(machO(10_000), 'twdw')

  it('finds the page that was changed', () => {
    const changed = Buffer.from(signed)
    changed[9_999] = 1
    expect(signatureFault(changed)).toBe('1 of its 3 pages are not what was signed')
  })

  it('finds bytes behind the signature, and bytes that are missing', () => {
    const { length } = signed
    expect(signatureFault(Buffer.concat([signed, Buffer.alloc(1)]))).toBe(
      `its signature ends at byte ${length} of ${length + 1}`,
    )
    expect(signatureFault(signed.subarray(0, length - 1))).toBe(`its signature ends at byte ${length} of ${length - 1}`)
  })

  it('finds the signature of a shorter program, as a runtime has it that something was added to', () => {
    const longer = machO(20_000)
    const old = signed.subarray(10_000)
    longer.writeUInt32LE(old.length, 32 + 2 * 72 + 12)
    expect(signatureFault(Buffer.concat([longer, old]))).toBe('its signature covers 10000 bytes of 20000')
  })

  it('says what is none, and what is not signed', () => {
    expect(signatureFault(Buffer.from('MZ'))).toBe('it is no 64-bit Mach-O file')
    const unsigned = machO(10_000)
    unsigned.writeUInt32LE(2, 16)
    expect(signatureFault(unsigned)).toBe('it is not signed')
  })
})

/** A program of two segments with a place for a signature at its end, and none there. */
function machO(bytes: number): Buffer {
  const file = Buffer.alloc(bytes)
  file.writeUInt32LE(0xfeedfacf, 0)
  file.writeUInt32LE(3, 16)
  for (const [i, [name, offset, length]] of [
    ['__TEXT', 0, LINKEDIT_AT] as const,
    ['__LINKEDIT', LINKEDIT_AT, bytes - LINKEDIT_AT] as const,
  ].entries()) {
    const at = 32 + i * 72
    file.writeUInt32LE(0x19, at)
    file.writeUInt32LE(72, at + 4)
    file.write(name, at + 8, 'latin1')
    file.writeBigUInt64LE(BigInt(offset), at + 40)
    file.writeBigUInt64LE(BigInt(length), at + 48)
  }
  const at = 32 + 2 * 72
  file.writeUInt32LE(0x1d, at)
  file.writeUInt32LE(16, at + 4)
  file.writeUInt32LE(bytes, at + 8)
  return file
}
