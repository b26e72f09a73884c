/**
 * `npm run release`: executables for every platform of pkg.config.json into dist/release/, each also in an archive with manual page,
 * completions and licenses, with checksums and a bill of materials.
 *
 * Everything comes from the npm registry, as package-lock.json has it. The same commit gives the same bytes.
 */
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import {
  BuildError,
  build,
  isExpected,
  type PackageConfig,
  packageOf,
  readConfig,
  targetOf,
  thisMachine,
} from './build.ts'
import { type ArchivedFile, tarGz, zip } from './release/archive.ts'
import { type BillOfMaterials, billOfMaterials, type ReleasedPlatform } from './release/bill-of-materials.ts'
import { executableFault } from './release/executable-form.ts'
import { licenseTexts, readLicenses } from './release/license-texts.ts'
import { archiveName, checksumLines, executableName, releaseName } from './release/names.ts'
import { fetchPackages, type LockFile, lockedPackage } from './release/packages.ts'
import { parseRunner, runnerOf, tryOut } from './release/try-out.ts'

const ROOT = join(import.meta.dirname, '..')

/** What all platforms have in common. */
interface Release {
  config: PackageConfig
  lock: LockFile
  version: string
  /** since 1970, of the last commit; the time of every file */
  seconds: number
  /** what lies beside the executable in an archive */
  companions: readonly ArchivedFile[]
  /** commands that run executables of other platforms, with their words */
  runners: ReadonlyMap<string, readonly string[]>
  output: string
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      platform: { type: 'string', multiple: true },
      run: { type: 'string', multiple: true, default: [] },
      output: { type: 'string', default: join(ROOT, 'dist', 'release') },
    },
  })
  const config = await readConfig()
  const names = values.platform ?? Object.keys(config.targets)
  for (const name of names) targetOf(config, name)
  const lock: LockFile = await readJson('package-lock.json')
  const { version } = await readJson<{ version: string }>('package.json')
  checkRuntime(lock)
  const release: Release = {
    config,
    lock,
    version,
    seconds: await releaseSeconds(),
    companions: await companions(lock),
    runners: new Map(values.run.map(parseRunner)),
    output: resolve(values.output),
  }
  // what an earlier release left must not be taken for a part of this one
  await rm(release.output, { recursive: true, force: true })
  await mkdir(release.output, { recursive: true })
  const files = new Map<string, Buffer>()
  const platforms: ReleasedPlatform[] = []
  for (const name of names) platforms.push(await releasePlatform(release, name, files))
  const bill = await describe(release, platforms)
  files.set(`${releaseName(version)}.cdx.json`, Buffer.from(`${JSON.stringify(bill, null, 2)}\n`))
  const sums = new Map([...files].map(([name, bytes]) => [name, sha256(bytes)]))
  files.set('SHA256SUMS', Buffer.from(checksumLines(sums)))
  for (const [name, bytes] of files) {
    await writeFile(join(release.output, name), bytes, { mode: isExecutable(name, version) ? 0o755 : 0o644 })
  }
  console.log(`${files.size} files in ${release.output}; check them with: sha256sum -c SHA256SUMS`)
}

function isExecutable(name: string, version: string): boolean {
  return name.endsWith('.exe') || (name.startsWith(releaseName(version)) && !/\.(gz|zip|json)$/.test(name))
}

/** Bytecode, and what the runtime says of itself, are those of the one that builds. */
function checkRuntime(lock: LockFile): void {
  const { version } = lockedPackage(lock, 'bun')
  if (version !== Bun.version)
    throw new BuildError(`this is Bun ${Bun.version}, and package-lock.json has ${version}; run npm ci`)
}

/** @throws BuildError when the last commit is not known and nobody says what counts instead */
async function releaseSeconds(): Promise<number> {
  const given = process.env.SOURCE_DATE_EPOCH ?? ''
  if (given !== '' && !/^\d{1,10}$/.test(given))
    throw new BuildError(`SOURCE_DATE_EPOCH is no number of seconds: "${given}"`)
  if (given !== '') return Number(given)
  const seconds = await outputOf(['git', 'log', '-1', '--format=%ct']).catch(() => '')
  if (!/^\d+\s*$/.test(seconds)) {
    throw new BuildError(
      'files need a time, and there is no commit to take it from; set SOURCE_DATE_EPOCH to seconds since 1970',
    )
  }
  const changes = await outputOf(['git', 'status', '--porcelain', '--untracked-files=no'])
  if (changes !== '')
    console.log('note: there are changes that no commit has; whoever builds the commit will get other bytes')
  return Number(seconds)
}

async function companions(lock: LockFile): Promise<ArchivedFile[]> {
  const notices = licenseTexts(await readLicenses(lock, ROOT), lockedPackage(lock, 'bun').version)
  const contents: [string, Uint8Array][] = [
    ['LICENSE', await readFile(join(ROOT, 'LICENSE'))],
    ['README.md', await readFile(join(ROOT, 'README.md'))],
    ['THIRD-PARTY-LICENSES.txt', Buffer.from(notices)],
    ['share/man/man1/twdw.1', await readFile(join(ROOT, 'docs', 'twdw.1'))],
    ['share/bash-completion/completions/twdw', await completion('bash')],
    ['share/zsh/site-functions/_twdw', await completion('zsh')],
    ['share/fish/vendor_completions.d/twdw.fish', await completion('fish')],
  ]
  return contents.map(([path, bytes]) => ({ path, bytes, isExecutable: false }))
}

async function completion(shell: string): Promise<Uint8Array> {
  return Buffer.from(await outputOf([process.execPath, 'src/main.ts', 'completion', shell]))
}

/** Build it, look at it, run it where that can be, pack it. @param files takes what goes into the release */
async function releasePlatform(release: Release, name: string, files: Map<string, Buffer>): Promise<ReleasedPlatform> {
  const { config, lock, version, seconds } = release
  const target = targetOf(config, name)
  const runtimePackage = packageOf(target.runtimeFile)
  const duckdbPackage = packageOf(target.embedded.duckdb[0] ?? '')
  const work = await mkdtemp(join(tmpdir(), 'twdw-release-'))
  try {
    await fetchPackages(lock, [runtimePackage, duckdbPackage], work)
    const path = join(work, basename(target.output))
    console.log(`${name}: ${await build(config, target, path, [work])}`)
    const bytes = await readFile(path)
    const fault = executableFault(name, target, bytes)
    if (fault !== undefined) throw new BuildError(`the executable for ${name} is not right: ${fault}`)
    console.log(`  ${await tried(release, name, path, join(work, 'home'))}`)
    const inner = executableName(name)
    const top = releaseName(version, name)
    const packed = [...release.companions, { path: `bin/${inner}`, bytes, isExecutable: true }]
    const inTop = packed.map(file => ({ ...file, path: `${top}/${file.path}` }))
    const archive = archiveName(version, name)
    const executable = `${top}${inner.replace(/^twdw/, '')}`
    files.set(archive, archive.endsWith('.zip') ? zip(inTop, seconds) : tarGz(inTop, seconds))
    files.set(executable, bytes)
    return { name, runtimePackage, duckdbPackage, executable: { name: executable, sha256: sha256(bytes) } }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** What was run of it, or why nothing was, in words. */
async function tried({ runners, version }: Release, name: string, path: string, folder: string): Promise<string> {
  const here = thisMachine()
  const runner = runnerOf(name, here, runners)
  if (runner === undefined) return `not run: this machine is ${here}, and no --run ${name}=COMMAND says what runs it`
  const done = await tryOut(name, path, runner, { folder, version })
  const by = runner.words.length === 0 ? '' : ` by ${basename(runner.words[0] ?? '')}`
  return `ran ${done.join(', ')}${by}`
}

async function describe(release: Release, platforms: readonly ReleasedPlatform[]): Promise<BillOfMaterials> {
  const words = ['npm', 'sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only']
  const fromNpm: BillOfMaterials = JSON.parse(await outputOf(words))
  const { version, seconds, lock } = release
  const released = { name: 'twdw', version, seconds, platforms, linkedInRuntime: process.versions }
  return billOfMaterials(fromNpm, lock, released)
}

/** @throws BuildError when the command fails */
async function outputOf(words: string[]): Promise<string> {
  const child = Bun.spawn(words, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  const [answer, complaint] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  if ((await child.exited) !== 0) throw new BuildError(`\`${words.join(' ')}\` failed: ${complaint.trim().slice(-300)}`)
  return answer
}

async function readJson<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(join(ROOT, name), 'utf8'))
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

try {
  await main()
} catch (error) {
  if (!isExpected(error)) throw error
  console.error(`release: ${error.message}`)
  process.exitCode = 2
}
