/** The bill of materials names what is in the executables: what npm knows, and what it does not. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { billOfMaterials, type Released } from '../../../scripts/release/bill-of-materials.ts'
import type { LockFile } from '../../../scripts/release/packages.ts'
import { REPOSITORY } from '../../support/folders.ts'

const lock: LockFile = JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8'))
const words = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only']
const fromNpm = () => JSON.parse(spawnSync('npm', words, { cwd: REPOSITORY, encoding: 'utf8' }).stdout)
const RELEASED: Released = {
  name: 'twdw',
  version: '1.2.3',
  seconds: Date.parse('2026-05-01T13:00:00Z') / 1000,
  linkedInRuntime: process.versions,
  platforms: [
    {
      name: 'linux-arm64',
      runtimePackage: '@oven/bun-linux-aarch64',
      duckdbPackage: '@duckdb/node-bindings-linux-arm64',
      executable: { name: 'twdw-1.2.3-linux-arm64', sha256: 'ab'.repeat(32) },
    },
  ],
}

describe('billOfMaterials', () => {
  const first = fromNpm()
  const version: string = first.metadata.component.version
  const released = { ...RELEASED, version }
  const bill = billOfMaterials(first, lock, released)
  const component = (name: string) => bill.components.find(found => found.name === name)

  it('names the program, its executables and the time of the commit', () => {
    const { timestamp, component: program } = bill.metadata
    expect(timestamp).toBe('2026-05-01T13:00:00.000Z')
    expect(program).toMatchObject({
      type: 'application',
      name: 'twdw',
      version,
      components: [{ name: 'twdw-1.2.3-linux-arm64', hashes: [{ alg: 'SHA-256', content: 'ab'.repeat(32) }] }],
    })
  })

  it('names the runtime and what is linked into it, with versions and licenses', () => {
    const bun = component('bun')
    expect(bun).toMatchObject({ version: Bun.version, licenses: [{ license: { id: 'MIT' } }] })
    const parts = new Map(bun?.components?.map(part => [part.name, part]))
    expect(parts.get('JavaScriptCore (WebKit)')?.licenses).toEqual([{ license: { id: 'LGPL-2.0-or-later' } }])
    expect(parts.get('@oven/bun-linux-aarch64')?.hashes?.[0]?.content).toMatch(/^[0-9a-f]{128}$/)
    expect([...parts.values()].filter(part => !part.version || !part.licenses)).toEqual([])
  })

  it("names DuckDB's library, for the platforms that are released alone", () => {
    expect(component('duckdb')).toMatchObject({ licenses: [{ license: { id: 'MIT' } }] })
    expect(component('duckdb')?.version).toMatch(/^\d+\.\d+\.\d+$/)
    const bindings = bill.components.filter(({ name }) => name.startsWith('@duckdb/node-bindings-'))
    expect(bindings.map(({ name, properties }) => [name, properties])).toEqual([
      ['@duckdb/node-bindings-linux-arm64', [{ name: 'twdw:platform', value: 'linux-arm64' }]],
    ])
  })

  it('leaves nothing hanging: all that something depends on is there, once', () => {
    const refs = bill.components.map(found => found['bom-ref'])
    expect(new Set(refs).size).toBe(refs.length)
    const named = bill.dependencies.flatMap(({ ref, dependsOn = [] }) => [ref, ...dependsOn])
    expect(named.filter(ref => !refs.includes(ref) && ref !== `twdw@${version}`)).toEqual([])
    expect(bill.dependencies[0]?.dependsOn).toEqual(expect.arrayContaining([`bun@${Bun.version}`]))
  })

  it('is the same twice, though npm has a clock and dice', () => {
    const second = { ...fromNpm(), serialNumber: 'urn:uuid:another' }
    second.metadata.timestamp = 'later'
    expect(billOfMaterials(second, lock, released)).toEqual(bill)
    expect(bill.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('refuses a part of the runtime whose license nobody has said', () => {
    const unknown = { ...released, linkedInRuntime: { quickjs: '1' } }
    expect(() => billOfMaterials(first, lock, unknown)).toThrow(
      'the runtime has quickjs linked in, and nobody has said under which license',
    )
  })
})
