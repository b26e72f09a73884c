/**
 * What is in a release: a bill of materials in the form of CycloneDX.
 *
 * npm knows the packages and calls the rest development; so the runtime, what the runtime has linked in, and DuckDB's library are
 * added here, and packages of platforms that are not in the release taken out. The same release gives the same bytes: npm's clock and
 * dice are replaced.
 */
import { createHash } from 'node:crypto'
import { BuildError } from '../build.ts'
import { type LockFile, lockedPackage } from './packages.ts'

/** As npm prints it, as far as it is looked at. */
export interface BillOfMaterials {
  serialNumber: string
  metadata: { timestamp: string; component: Component; [key: string]: unknown }
  components: Component[]
  dependencies: { ref: string; dependsOn?: string[] }[]
  [key: string]: unknown
}

export interface Component {
  'bom-ref': string
  type: string
  name: string
  version?: string
  purl?: string
  licenses?: ({ license: { id: string } | { name: string } } | { expression: string })[]
  hashes?: { alg: string; content: string }[]
  properties?: { name: string; value: string }[]
  components?: Component[]
  [key: string]: unknown
}

/** What a release knows of itself. */
export interface Released {
  name: string
  version: string
  /** since 1970 */
  seconds: number
  platforms: readonly ReleasedPlatform[]
  /** what the runtime has linked in, and in which version (or commit), as it says itself */
  linkedInRuntime: Readonly<Record<string, string | undefined>>
}

export interface ReleasedPlatform {
  /** as in pkg.config.json */
  name: string
  runtimePackage: string
  duckdbPackage: string
  executable: { name: string; sha256: string }
}

/** @param fromNpm what `npm sbom` says of the packages. @throws BuildError for a package or a linked part of which nothing is known */
export function billOfMaterials(fromNpm: BillOfMaterials, lock: LockFile, released: Released): BillOfMaterials {
  const { name, version, platforms } = released
  const root = `${name}@${version}`
  const added = [runtime(lock, released), duckdb(lock, released)]
  const kept = fromNpm.components.filter(component => !isOtherPlatform(component, platforms))
  const refs = new Set([root, ...kept.map(component => component['bom-ref'])])
  const dependencies = fromNpm.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(other => refs.has(other)) }))
    .map(entry => (entry.ref === root ? withMore(entry, added) : entry))
  const bill: BillOfMaterials = {
    ...fromNpm,
    serialNumber: '',
    metadata: {
      ...fromNpm.metadata,
      // which npm it was does not matter for what is in it
      tools: [{ vendor: 'npm', name: 'cli' }],
      timestamp: new Date(released.seconds * 1000).toISOString(),
      component: { ...fromNpm.metadata.component, type: 'application', name, components: platforms.map(executable) },
    },
    components: [...kept.map(component => markPlatform(component, platforms)), ...added],
    dependencies: [...dependencies, ...added.map(component => ({ ref: component['bom-ref'], dependsOn: [] }))],
  }
  return { ...bill, serialNumber: serialNumber(JSON.stringify(bill)) }
}

function withMore(entry: { ref: string; dependsOn: string[] }, added: readonly Component[]) {
  return { ...entry, dependsOn: [...entry.dependsOn, ...added.map(component => component['bom-ref'])] }
}

const DUCKDB_PACKAGE = '@duckdb/node-bindings-'

function isOtherPlatform({ name }: Component, platforms: readonly ReleasedPlatform[]): boolean {
  return name.startsWith(DUCKDB_PACKAGE) && !platforms.some(({ duckdbPackage }) => duckdbPackage === name)
}

function markPlatform(component: Component, platforms: readonly ReleasedPlatform[]): Component {
  const platform = platforms.find(({ duckdbPackage }) => duckdbPackage === component.name)
  if (platform === undefined) return component
  return { ...component, scope: 'required', properties: [onlyIn(platform)] }
}

function onlyIn({ name }: ReleasedPlatform) {
  return { name: 'twdw:platform', value: name }
}

function executable(platform: ReleasedPlatform): Component {
  const { name, sha256 } = platform.executable
  const hashes = [{ alg: 'SHA-256', content: sha256 }]
  return { 'bom-ref': name, type: 'file', name, hashes, properties: [onlyIn(platform)] }
}

function duckdb(lock: LockFile, { platforms }: Released): Component {
  const [{ duckdbPackage } = { duckdbPackage: '' }] = platforms
  // the package's own revision of it follows
  const [version = ''] = lockedPackage(lock, duckdbPackage).version.split('-')
  return {
    'bom-ref': `duckdb@${version}`,
    type: 'library',
    name: 'duckdb',
    version,
    scope: 'required',
    purl: `pkg:github/duckdb/duckdb@v${version}`,
    description: 'The native library in the packages @duckdb/node-bindings-<platform>',
    licenses: [{ license: { id: 'MIT' } }],
  }
}

function runtime(lock: LockFile, { platforms, linkedInRuntime }: Released): Component {
  const { version } = lockedPackage(lock, 'bun')
  return {
    'bom-ref': `bun@${version}`,
    type: 'application',
    name: 'bun',
    version,
    scope: 'required',
    purl: `pkg:npm/bun@${version}`,
    description:
      'The runtime that every executable begins with, and the parts that it names; all: https://bun.com/docs/project/license',
    licenses: [{ license: { id: 'MIT' } }],
    components: [...platforms.map(platform => runtimePackage(lock, platform)), ...linkedParts(linkedInRuntime)],
  }
}

function runtimePackage(lock: LockFile, platform: ReleasedPlatform): Component {
  const { runtimePackage: name } = platform
  const { version, integrity, license = '' } = lockedPackage(lock, name)
  const content = Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex')
  return {
    'bom-ref': `${name}@${version}`,
    type: 'library',
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    hashes: [{ alg: 'SHA-512', content }],
    licenses: [{ license: { id: license } }],
    properties: [onlyIn(platform)],
  }
}

/** Of what Bun has linked in and names in `process.versions`; undefined for names there that are no part of it. */
const LINKED: Readonly<Record<string, { name: string; license: string } | undefined>> = {
  ares: { name: 'c-ares', license: 'MIT' },
  boringssl: { name: 'boringssl', license: 'Apache-2.0' },
  icu: { name: 'icu', license: 'Unicode-3.0' },
  libarchive: { name: 'libarchive', license: 'BSD-2-Clause' },
  libdeflate: { name: 'libdeflate', license: 'MIT' },
  llhttp: { name: 'llhttp', license: 'MIT' },
  lolhtml: { name: 'lol-html', license: 'BSD-3-Clause' },
  lshpack: { name: 'ls-hpack', license: 'MIT' },
  mimalloc: { name: 'mimalloc', license: 'MIT' },
  picohttpparser: { name: 'picohttpparser', license: 'MIT' },
  sqlite: { name: 'sqlite', license: 'blessing' },
  tinycc: { name: 'tinycc', license: 'LGPL-2.1-or-later' },
  uwebsockets: { name: 'uWebSockets', license: 'Apache-2.0' },
  usockets: { name: 'uSockets', license: 'Apache-2.0' },
  webkit: { name: 'JavaScriptCore (WebKit)', license: 'LGPL-2.0-or-later' },
  zlib: { name: 'zlib', license: 'Zlib' },
  zstd: { name: 'zstd', license: 'BSD-3-Clause' },
}
/** Versions of interfaces and data that it speaks, of itself, and of what built it. */
const NOT_LINKED = ['bun', 'modules', 'napi', 'node', 'openssl', 'typescript', 'unicode', 'uv', 'v8', 'zig']

function linkedParts(versions: Readonly<Record<string, string | undefined>>): Component[] {
  const named = Object.entries(versions).filter(([key]) => !NOT_LINKED.includes(key))
  return named.map(([key, version = '']) => {
    const part = LINKED[key]
    if (part === undefined)
      throw new BuildError(`the runtime has ${key} linked in, and nobody has said under which license`)
    const licenses = [{ license: { id: part.license } }]
    return { 'bom-ref': `bun/${key}@${version}`, type: 'library', name: part.name, version, licenses }
  })
}

/** A UUID made of the content, in the form for those that are neither of a time nor of chance. */
function serialNumber(content: string): string {
  const hex = createHash('sha256').update(content).digest('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)]
  return `urn:uuid:${parts.join('-')}`
}
