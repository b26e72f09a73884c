/** Files of layer1 → one with the rows of all of them, in their order: the same values of the same types. */
import { LAYER1 } from '../domain/layer1.ts'
import { LAYER1_REPEATING } from '../domain/layer1-builder.ts'
import type { InputFile } from '../domain/manifest.ts'
import { TwdwError } from '../errors.ts'
import type { Lake } from '../io/lake.ts'
import type { openParquetWriter } from '../io/parquet.ts'

export interface MergePorts {
  lake: Pick<Lake, 'read' | 'locate'>
  openParquetWriter: typeof openParquetWriter
}

/** Files that are read at a time, as long as they come to no more. */
const FILES_READ = 8
const MAX_BYTES_READ = 16_000_000

/**
 * In memory are the file that is made, and of those that go into it some small ones, or one.
 * @throws TwdwError E_LAKE that names a file that is gone, damaged, or not of layer1 as this version writes it
 */
export async function mergeFiles(
  files: readonly InputFile[],
  { lake, openParquetWriter }: MergePorts,
): Promise<{ bytes: Uint8Array; rows: number }> {
  const writer = await openParquetWriter(LAYER1, { repeating: LAYER1_REPEATING })
  try {
    let rows = 0
    for (const some of readTogether(files)) {
      const contents = await Promise.all(some.map(({ path }) => lake.read(path)))
      for (const [i, { path }] of some.entries()) rows += await append(path, contents[i])
    }
    return { bytes: await writer.finish(), rows }
  } catch (error) {
    await writer.abort()
    throw error
  }

  async function append(path: string, bytes: Uint8Array | undefined): Promise<number> {
    if (bytes === undefined) {
      throw new TwdwError('E_LAKE', `${lake.locate(path)} was listed in the lake and is gone`, {
        hint: 'run it again; if it stays away, somebody else is changing the lake',
      })
    }
    try {
      return await writer.appendFile(bytes)
    } catch (cause) {
      if (!(cause instanceof TwdwError)) throw cause
      throw new TwdwError('E_LAKE', `${lake.locate(path)} is ${cause.message}`, {
        cause,
        ...(cause.hint !== undefined && { hint: cause.hint }),
      })
    }
  }
}

function* readTogether(files: readonly InputFile[]): Generator<InputFile[]> {
  let some: InputFile[] = []
  let bytes = 0
  for (const file of files) {
    if (some.length > 0 && (some.length === FILES_READ || bytes + file.bytes > MAX_BYTES_READ)) {
      yield some
      ;[some, bytes] = [[], 0]
    }
    some.push(file)
    bytes += file.bytes
  }
  if (some.length > 0) yield some
}
