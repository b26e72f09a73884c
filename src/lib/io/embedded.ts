/**
 * Files that the program carries along: WebAssembly and native libraries.
 *
 * In a checkout they lie in node_modules and nothing is packed. scripts/build.ts puts another module with
 * the same exports in the place of this one, whose paths lead into the executable.
 */
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundlePage } from './page-bundle.ts'

/** A library whose files lie zstd-compressed in the executable, because the linker only loads from a disk. */
export interface PackedLibrary {
  version: string
  /** of the content of all files: another build of the same version gets a cache of its own */
  hash: string
  files: readonly PackedFile[]
}

export interface PackedFile {
  /** as it must be called on the disk; libraries find each other by it */
  name: string
  /** of the compressed bytes, readable through node:fs */
  packedPath: string
  /** length when unpacked */
  bytes: number
}

export const PACKED_DUCKDB: PackedLibrary | undefined = undefined

/** Path of parquet-wasm's WebAssembly, readable through node:fs. */
export function parquetWasmPath(): string {
  return createRequire(import.meta.url).resolve('parquet-wasm/esm/parquet_wasm_bg.wasm')
}

/** Where a worker of this program begins. */
export function workerUrl(): string {
  return new URL('../../worker.ts', import.meta.url).href
}

/** Path of src/browser/page.ts as one file for browsers, readable through node:fs and importable. In a checkout it goes with the process. */
export function pageScriptPath(): Promise<string> {
  made ??= makePageScript()
  return made
}

let made: Promise<string> | undefined

async function makePageScript(): Promise<string> {
  const text = await bundlePage()
  const folder = await mkdtemp(join(tmpdir(), 'twdw-page-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'page.js')
  await writeFile(path, text)
  return path
}
