/** Archives are read by other programs, and are the same bytes for the same files. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { tarGz, zip } from '../../../scripts/release/archive.ts'
import { withTempFolder } from '../../support/temp-folder.ts'

const SECONDS = Date.parse('2026-05-01T13:59:58Z') / 1000
const FILES = [
  { path: 'twdw-1.2.3/bin/twdw', bytes: Buffer.from('#!/bin/sh\necho hi\n'), isExecutable: true },
  { path: 'twdw-1.2.3/LICENSE', bytes: Buffer.from('MIT\n'.repeat(1000)), isExecutable: false },
  { path: 'twdw-1.2.3/empty', bytes: Buffer.alloc(0), isExecutable: false },
]

describe('tarGz', () => {
  it('is read by tar: names in order, nobody as the owner, one time', () =>
    withTempFolder(async folder => {
      const path = join(folder, 'a.tar.gz')
      writeFileSync(path, tarGz(FILES, SECONDS))
      const { stdout } = spawnSync('tar', ['tvzf', path, '--numeric-owner'], { encoding: 'utf8', env: { TZ: 'UTC' } })
      expect(stdout.split('\n').map(line => line.replace(/ +/g, ' '))).toEqual([
        '-rw-r--r-- 0/0 4000 2026-05-01 13:59 twdw-1.2.3/LICENSE',
        '-rwxr-xr-x 0/0 18 2026-05-01 13:59 twdw-1.2.3/bin/twdw',
        '-rw-r--r-- 0/0 0 2026-05-01 13:59 twdw-1.2.3/empty',
        '',
      ])
      const content = spawnSync('tar', ['xzOf', path, 'twdw-1.2.3/LICENSE'])
      expect(content.stdout.equals(FILES[1]!.bytes)).toBe(true)
    }))

  it('has the same bytes in whatever order the files are named, and no time of its own', () => {
    const archive = tarGz(FILES, SECONDS)
    expect(tarGz(FILES.toReversed(), SECONDS).equals(archive)).toBe(true)
    expect(archive.readUInt32LE(4)).toBe(0)
    expect(gunzipSync(archive).length % 512).toBe(0)
  })

  it('refuses a name that does not fit', () => {
    const long = { ...FILES[0]!, path: 'x'.repeat(101) }
    expect(() => tarGz([long], SECONDS)).toThrow(`too long a name for an archive: ${long.path}`)
  })
})

describe('zip', () => {
  const script = `
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
print(z.testzip())
for i in z.infolist(): print(i.filename, oct(i.external_attr >> 16), i.date_time, len(z.read(i)))
`

  it.skipIf(spawnSync('python3', ['-V']).error !== undefined)('is read by another program', () =>
    withTempFolder(async folder => {
      const path = join(folder, 'a.zip')
      writeFileSync(path, zip(FILES, SECONDS))
      const { stdout } = spawnSync('python3', ['-c', script, path], { encoding: 'utf8' })
      expect(stdout.split('\n')).toEqual([
        'None',
        'twdw-1.2.3/LICENSE 0o100644 (2026, 5, 1, 13, 59, 58) 4000',
        'twdw-1.2.3/bin/twdw 0o100755 (2026, 5, 1, 13, 59, 58) 18',
        'twdw-1.2.3/empty 0o100644 (2026, 5, 1, 13, 59, 58) 0',
        '',
      ])
    }),
  )

  it('has the same bytes in whatever order the files are named', () => {
    expect(zip(FILES.toReversed(), SECONDS).equals(zip(FILES, SECONDS))).toBe(true)
  })
})
