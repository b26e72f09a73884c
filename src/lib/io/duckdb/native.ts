/** DuckDB's native library, loaded on first use: from node_modules, or from its disk copy for the executable. */
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as DuckDbApi from '@duckdb/node-api'
import type * as DuckDbBindings from '@duckdb/node-bindings'
import { systemErrorCode, TwdwError } from '../../errors.ts'
import { type CacheFolder, cacheFolders } from '../cache-folders.ts'
import { PACKED_DUCKDB, type PackedLibrary } from '../embedded.ts'
import { putBindings } from './bindings.ts'
import { unpackLibrary } from './cache.ts'

export interface DuckDbNative {
  api: typeof DuckDbApi
  bindings: typeof DuckDbBindings
}

export interface NativeOptions {
  env: Readonly<Record<string, string | undefined>>
  /** told when DuckDB does not lie where it should, and where it lies instead */
  warn(sentence: string): void
}

let loading: Promise<DuckDbNative> | undefined

/** @throws TwdwError E_LAKE when the library can be put nowhere or does not load */
export function loadDuckDb(options: NativeOptions): Promise<DuckDbNative> {
  loading ??= startDuckDb(options)
  return loading
}

async function startDuckDb({ env, warn }: NativeOptions): Promise<DuckDbNative> {
  if (PACKED_DUCKDB !== undefined) {
    const folders = cacheFolders(env, homedir(), tmpdir(), process.getuid?.())
    putBindings(await openPacked(PACKED_DUCKDB, folders, loadLibrary, warn))
  }
  const [api, bindings] = await Promise.all([import('@duckdb/node-api'), import('@duckdb/node-bindings')])
  return { api, bindings: bindings.default }
}

/**
 * Unpack and load the library in the first folder where both succeed.
 * @throws TwdwError E_LAKE with what was wrong with each folder
 */
export async function openPacked<T>(
  library: PackedLibrary,
  folders: readonly CacheFolder[],
  load: (folder: string) => T,
  warn: (sentence: string) => void,
): Promise<T> {
  const faults: { folder: string; reason: string; cause: unknown }[] = []
  for (const folder of folders) {
    try {
      const loaded = load(await unpackLibrary('duckdb', library, folder))
      for (const fault of faults)
        warn(`DuckDB cannot be kept in ${fault.folder} (${fault.reason}); using ${folder.path}`)
      return loaded
    } catch (cause) {
      faults.push({ folder: folder.path, reason: reasonOf(cause), cause })
    }
  }
  const reasons = faults.map(fault => `${fault.folder} (${fault.reason})`).join(' nor in ')
  throw new TwdwError('E_LAKE', `DuckDB cannot be unpacked and loaded in ${reasons}`, {
    hint: 'set XDG_CACHE_HOME to a folder on a disk with 80 MB to spare, writable and not mounted noexec',
    cause: faults[0]?.cause,
  })
}

/** Without the system call and the path that follow in a system error: the folder is named already. */
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause)
  return systemErrorCode(cause) === undefined ? message : message.replace(/, \w+ '.*$/, '')
}

function loadLibrary(folder: string): typeof DuckDbBindings {
  const loaded = { exports: {} as typeof DuckDbBindings }
  process.dlopen(loaded, join(folder, 'duckdb.node'))
  return loaded.exports
}
