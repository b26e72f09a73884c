/** pkg.config.json: every platform is built of packages that the lock file has, and none of DuckDB's is forgotten. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageOf, readConfig, thisMachine } from '../../../scripts/build.ts'
import { archiveName, executableName } from '../../../scripts/release/names.ts'
import { type LockFile, lockedPackage } from '../../../scripts/release/packages.ts'
import { REPOSITORY } from '../../support/folders.ts'

const config = await readConfig()
const lock: LockFile = JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8'))
const targets = Object.entries(config.targets)

describe('pkg.config.json', () => {
  it('has the platforms that README.md lists, this one among them', () => {
    const names = Object.keys(config.targets)
    const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8')
    const listed = [...readme.matchAll(/^\| `([a-z0-9-]+)` \| `twdw-\S+` \|/gm)].map(([, name]) => name)
    expect(listed).toEqual(names)
    expect(names).toContain(thisMachine())
  })

  it.each(targets)('%s is built of one version of Bun and one of DuckDB, with their hashes locked', (_, target) => {
    const runtime = lockedPackage(lock, packageOf(target.runtimeFile))
    expect(runtime.version).toBe(lockedPackage(lock, 'bun').version)
    const [library, ...others] = target.embedded.duckdb.map(packageOf)
    expect(others).toEqual([library])
    expect(lockedPackage(lock, library!).version).toBe(lockedPackage(lock, '@duckdb/node-bindings').version)
  })

  it.each(targets)('%s has its own runtime and library', (name, { runtime, runtimeFile, output }) => {
    expect(runtime).toBe(`bun-${name}`)
    expect(packageOf(runtimeFile)).toBe(`@oven/bun-${name.replace('arm64', 'aarch64')}`)
    expect(output).toBe(`dist/twdw-${name}${name.startsWith('windows') ? '.exe' : ''}`)
  })

  it('leaves out no library of DuckDB but that for Windows on arm64', () => {
    const used = new Set(targets.map(([, { embedded }]) => packageOf(embedded.duckdb[0]!)))
    const there = Object.keys(lock.packages).filter(place => place.includes('@duckdb/node-bindings-'))
    expect(there.filter(place => !used.has(place.replace('node_modules/', '')))).toEqual([
      'node_modules/@duckdb/node-bindings-win32-arm64',
    ])
  })
})

describe('names of a release', () => {
  it('are those of the platform, with a zip for Windows', () => {
    expect(archiveName('1.2.3', 'linux-arm64-musl')).toBe('twdw-1.2.3-linux-arm64-musl.tar.gz')
    expect(archiveName('1.2.3', 'windows-x64')).toBe('twdw-1.2.3-windows-x64.zip')
    expect([executableName('darwin-x64'), executableName('windows-x64')]).toEqual(['twdw', 'twdw.exe'])
  })
})

describe('lockedPackage', () => {
  it('refuses a package that is not locked, or without a hash', () => {
    expect(() => lockedPackage(lock, 'left-pad')).toThrow('package-lock.json has no left-pad')
    const bare = { packages: { 'node_modules/bun': { version: '1.0.0' } } }
    expect(() => lockedPackage(bare, 'bun')).toThrow('package-lock.json has no bun')
  })
})
