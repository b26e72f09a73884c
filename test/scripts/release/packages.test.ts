/** What is fetched is what was locked, and what is released can be checked. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { licenseTexts } from '../../../scripts/release/license-texts.ts'
import { checksumLines } from '../../../scripts/release/names.ts'
import { integrityFault } from '../../../scripts/release/packages.ts'
import { withTempFolder } from '../../support/temp-folder.ts'

describe('integrityFault', () => {
  const file = Buffer.from('a package')
  const hash = createHash('sha512').update(file).digest('base64')

  it('takes the very bytes', () => {
    expect(integrityFault(file, `sha512-${hash}`)).toBeUndefined()
  })

  it('says what other bytes are', () => {
    const other = createHash('sha512').update('another').digest('base64')
    expect(integrityFault(Buffer.from('another'), `sha512-${hash}`)).toBe(`its SHA-512 is ${other}, not ${hash}`)
  })

  it('takes no weaker hash, and not none', () => {
    expect(integrityFault(file, 'sha1-abc')).toBe('sha1 is no hash that is taken here')
    expect(integrityFault(file, '')).toBe('nothing is no hash that is taken here')
  })
})

describe('checksumLines', () => {
  it('is what sha256sum -c reads', () =>
    withTempFolder(async folder => {
      const texts = { 'b.tar.gz': 'b', a: 'a' }
      for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text)
      const sums = Object.entries(texts).map(([name, text]) => [name, createHash('sha256').update(text).digest('hex')])
      writeFileSync(join(folder, 'SHA256SUMS'), checksumLines(new Map(sums as [string, string][])))
      const { stdout, status } = spawnSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8' })
      expect([stdout, status]).toEqual(['a: OK\nb.tar.gz: OK\n', 0])
    }))
})

describe('licenseTexts', () => {
  it('has each text once, below all that come under it, and names those without', () => {
    const text = licenseTexts(
      [
        { name: 'a', version: '1.0.0', license: 'MIT', texts: ['Do what you want.'] },
        { name: 'b', version: '2.0.0', license: 'MIT', texts: ['Do what you want.', 'And name c.'] },
        { name: 'd', version: '3.0.0', license: 'Apache-2.0', texts: [] },
      ],
      '1.4.5',
    )
    expect(text.match(/Do what you want/g)).toHaveLength(1)
    expect(text).toContain(`a 1.0.0: MIT\nb 2.0.0: MIT\n${'='.repeat(80)}\n\nDo what you want.\n`)
    expect(text).toContain('d 3.0.0: Apache-2.0\n(without a text of their own)\n')
    expect(text).toContain('Bun 1.4.5, the runtime: MIT')
  })
})
