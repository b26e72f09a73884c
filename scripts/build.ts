/**
 * `npm run build`: the whole program as one executable file, as pkg.config.json says.
 *
 * Two modules are not what they are in a checkout. src/lib/io/embedded.ts leads to the files inside the
 * executable; `@duckdb/node-bindings`, which asks for the libraries of all platforms, gives way to
 * src/lib/io/duckdb/bindings.ts.
 */
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { constants as zlib, zstdCompressSync } from 'node:zlib'
import type { BunPlugin } from 'bun'
import type { PackedLibrary } from '../src/lib/io/embedded.ts'
import { bundlePage } from '../src/lib/io/page-bundle.ts'
import { signAdHoc, signatureFault } from './mach-o.ts'

const ROOT = join(import.meta.dirname, '..')

/** pkg.config.json; paths are relative to the repository, embedded files are named as a program imports them. */
export interface PackageConfig {
  entry: string
  /** where worker threads begin */
  worker: string
  /** the executable for this machine */
  output: string
  targets: Record<string, Target>
}

export interface Target {
  /** Bun's name of its runtime for the target */
  runtime: Bun.Build.CompileTarget
  /** the runtime itself, in the package that has it; a build for this machine takes the one that builds */
  runtimeFile: string
  /** the executable when the target is asked for by name */
  output: string
  embedded: {
    parquetWasm: string
    /** the library and what it loads, all in one folder at run time */
    duckdb: readonly string[]
  }
}

/** What a user of this script can put right. */
export class BuildError extends Error {}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { target: { type: 'string', multiple: true } } })
  const config = await readConfig()
  const asked = values.target?.map(name => targetOf(config, name))
  const here = { ...targetOf(config, thisMachine()), output: config.output }
  for (const target of asked ?? [here]) console.log(`${target.output}: ${await build(config, target, target.output)}`)
}

export async function readConfig(): Promise<PackageConfig> {
  return JSON.parse(await readFile(join(ROOT, 'pkg.config.json'), 'utf8'))
}

/** The name in pkg.config.json of what runs here. */
export function thisMachine(): string {
  const isMusl = process.platform === 'linux' && Bun.spawnSync(['ldd', '--version']).stderr.includes('musl')
  const system = process.platform === 'win32' ? 'windows' : process.platform
  return `${system}-${process.arch}${isMusl ? '-musl' : ''}`
}

/** @throws BuildError when there is none */
export function targetOf(config: PackageConfig, name: string): Target {
  const target = config.targets[name]
  if (target === undefined) {
    throw new BuildError(`no target "${name}" in pkg.config.json; it has ${Object.keys(config.targets).join(', ')}`)
  }
  return target
}

/**
 * @param output  relative to the repository, or absolute
 * @param folders with a node_modules each, which are asked first for runtime and libraries. Without any the runtime is the one that
 *                builds: Bun would fetch another platform's from where it likes
 * @returns       how large it is, and how long it took
 */
export async function build(
  { entry, worker }: PackageConfig,
  target: Target,
  output: string,
  folders: readonly string[] = [],
): Promise<string> {
  const startMs = performance.now()
  const path = resolve(ROOT, output)
  await mkdir(dirname(path), { recursive: true })
  // beside the output, so that the finished file can take its name in one step
  const work = await mkdtemp(join(dirname(path), '.build-'))
  try {
    const embedded = await embeddedModule(target, worker, { work, folders: [...folders, ROOT] })
    const temp = join(work, basename(path))
    const runtime = folders.length > 0 && { executablePath: installedFile(target.runtimeFile, folders) }
    await Bun.build({
      entrypoints: [join(ROOT, entry), join(ROOT, worker)],
      compile: { target: target.runtime, ...runtime, outfile: temp, autoloadDotenv: false, autoloadBunfig: false },
      format: 'esm',
      // there is one door; on Windows the runtime knows it by another path than its own, and would do nothing
      define: { 'import.meta.main': 'true' },
      bytecode: true,
      // what a command does not use is not even read: a single file costs every start 18 ms
      splitting: true,
      // so that the stack of a bug names our files and lines; read only when there is one
      sourcemap: 'linked',
      // names stay: the stack of a bug must be readable
      minify: { whitespace: true, syntax: true, identifiers: false },
      plugins: [replaceModules(embedded)],
    })
    if (target.runtime.startsWith('bun-darwin')) await sign(temp)
    await rename(temp, path)
  } finally {
    await rm(work, { recursive: true })
  }
  const megabytes = Math.round((await stat(path)).size / 1e6)
  return `${megabytes} MB in ${((performance.now() - startMs) / 1000).toFixed(1)} s`
}

async function sign(path: string): Promise<void> {
  const file = await readFile(path)
  if (signatureFault(file) !== undefined) await writeFile(path, signAdHoc(file, 'twdw'))
}

/** How the module that has the files of the executable imports them. */
const CARRIED = 'carried'

function replaceModules({ text, files }: EmbeddedModule): BunPlugin {
  return {
    name: 'twdw',
    setup(builder) {
      builder.onLoad({ filter: /\/src\/lib\/io\/embedded\.ts$/ }, () => ({ contents: text, loader: 'ts' }))
      builder.onResolve({ filter: /^@duckdb\/node-bindings$/ }, () => ({
        path: join(ROOT, 'src/lib/io/duckdb/bindings.ts'),
      }))
      // by name rather than by path, which would be told, and would make another executable of every folder
      builder.onResolve({ filter: /^carried:/ }, ({ path }) => ({
        path: path.slice(CARRIED.length + 1),
        namespace: CARRIED,
      }))
      builder.onLoad({ filter: /./, namespace: CARRIED }, async ({ path }) => ({
        contents: await readFile(files.get(path) ?? path),
        loader: 'file',
      }))
    },
  }
}

interface Places {
  /** for the packed files */
  work: string
  /** each with a node_modules; the first that has a file gives it */
  folders: readonly string[]
}

/** What takes the place of src/lib/io/embedded.ts. */
interface EmbeddedModule {
  text: string
  /** name in the text → path */
  files: ReadonlyMap<string, string>
}

/** @param worker entry of workers */
async function embeddedModule(target: Target, worker: string, { work, folders }: Places): Promise<EmbeddedModule> {
  const library = await packLibrary(target.embedded.duckdb, { work, folders })
  const pagePath = join(work, 'page.js')
  await writeFile(pagePath, await bundlePage())
  const paths = [
    installedFile(target.embedded.parquetWasm, folders),
    pagePath,
    ...library.files.map(({ packedPath }) => packedPath),
  ]
  const imports = paths.map((path, i) => `import file${i} from '${CARRIED}:${basename(path)}' with { type: 'file' }`)
  const packed = library.files.map(
    ({ name, bytes }, i) => `{ name: ${JSON.stringify(name)}, packedPath: file${i + 2}, bytes: ${bytes} }`,
  )
  const text = [
    ...imports,
    'export const parquetWasmPath = () => file0',
    'export const pageScriptPath = async () => file1',
    // all entries lie beside each other in the executable
    `export const workerUrl = () => new URL('./${basename(worker)}', import.meta.url).href`,
    `export const PACKED_DUCKDB = {
      version: ${JSON.stringify(library.version)}, hash: ${JSON.stringify(library.hash)}, files: [${packed.join(', ')}],
    }`,
  ].join('\n')
  return { text, files: new Map(paths.map(path => [basename(path), path])) }
}

async function packLibrary(modules: readonly string[], { work, folders }: Places): Promise<PackedLibrary> {
  const paths = modules.map(module => installedFile(module, folders))
  const contents = await Promise.all(paths.map(path => readFile(path)))
  const packageFile = await readFile(join(dirname(paths[0] ?? ''), 'package.json'), 'utf8')
  const hash = createHash('sha256')
  for (const bytes of contents) hash.update(bytes)
  const files = contents.map(async (bytes, index) => {
    const name = basename(paths[index] ?? '')
    const packedPath = join(work, `${name}.zst`)
    // three times smaller; higher levels take minutes for another tenth
    await writeFile(packedPath, zstdCompressSync(bytes, { params: { [zlib.ZSTD_c_compressionLevel]: 9 } }))
    return { name, packedPath, bytes: bytes.length }
  })
  return {
    version: JSON.parse(packageFile).version,
    hash: hash.digest('hex').slice(0, 16),
    files: await Promise.all(files),
  }
}

/** @throws BuildError when the package that has the file is in none of the folders */
function installedFile(module: string, folders: readonly string[]): string {
  let cause: unknown
  for (const folder of folders) {
    try {
      return Bun.resolveSync(module, folder)
    } catch (error) {
      cause = error
    }
  }
  const sentence = `${packageOf(module)} is not installed on this machine, and the target needs its ${basename(module)}`
  throw new BuildError(sentence, { cause })
}

/** Whether somebody can put it right: what the script refuses, and words that it does not know. */
export function isExpected(error: unknown): error is Error {
  if (error instanceof BuildError) return true
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}

/** The package of a file that is named as a program imports it. */
export function packageOf(module: string): string {
  return module
    .split('/')
    .slice(0, module.startsWith('@') ? 2 : 1)
    .join('/')
}

if (import.meta.main) {
  try {
    await main()
  } catch (error) {
    if (!isExpected(error)) throw error
    console.error(`build: ${error.message}`)
    process.exitCode = 2
  }
}
