/**
 * Plain bytes: what a file or a pipe holds once compression and byte order marks are off, as UTF-8.
 *
 * Compression and encoding are told by the first bytes and not by the name: archives are renamed, and a pipe has no name.
 * Memory is bounded by the size of the chunks, whatever the length of the input.
 */

const COMPRESSIONS = [
  { format: 'gzip', magic: [0x1f, 0x8b] },
  { format: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd] },
] as const

/** `encoding` is the label of what stands behind the mark; a file redirected on Windows is UTF-16LE. */
const BYTE_ORDER_MARKS = [
  { encoding: 'utf-8', mark: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', mark: [0xff, 0xfe] },
  { encoding: 'utf-16be', mark: [0xfe, 0xff] },
] as const

const LONGEST_MAGIC_BYTES = 4

/**
 * Decompress gzip (also several members) and zstd (also several frames), take off a byte order mark, and turn UTF-16
 * into UTF-8. Bytes without a mark pass as they are.
 * @throws whatever reading `chunks` throws; TypeError when compressed data is damaged or breaks off
 */
export async function* plainBytes(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const packed = await readHead(chunks)
  const compression = COMPRESSIONS.find(({ magic }) => startsWith(packed.head, magic))
  const unpacked = compression === undefined ? packed : await readHead(decompress(packed.all(), compression.format))
  const order = BYTE_ORDER_MARKS.find(({ mark }) => startsWith(unpacked.head, mark))
  const text = unpacked.all(order?.mark.length)
  yield* order === undefined || order.encoding === 'utf-8' ? text : toUtf8(text, order.encoding)
}

/** The first bytes of an input, and a way to read it whole, once, from `skipBytes` (at most the length of the head) on. */
interface Peeked {
  head: Uint8Array
  all(skipBytes?: number): AsyncGenerator<Uint8Array>
}

async function readHead(chunks: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const iterator = chunks[Symbol.asyncIterator]()
  let head = new Uint8Array(0)
  while (head.length < LONGEST_MAGIC_BYTES) {
    const next = await iterator.next()
    if (next.done) break
    head = Buffer.concat([head, next.value])
  }
  async function* all(skipBytes = 0) {
    try {
      yield head.subarray(skipBytes)
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  }
  return { head, all }
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte)
}

function decompress(chunks: AsyncIterable<Uint8Array>, format: 'gzip' | 'zstd'): AsyncIterable<Uint8Array> {
  return toStream(chunks).pipeThrough(new DecompressionStream(format))
}

function toStream(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = chunks[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const next = await iterator.next()
      if (next.done) controller.close()
      // a copy: it is read later, when its sender may have used the memory again
      else controller.enqueue(new Uint8Array(next.value))
    },
    async cancel() {
      await iterator.return?.()
    },
  })
}

async function* toUtf8(
  chunks: AsyncIterable<Uint8Array>,
  encoding: 'utf-16le' | 'utf-16be',
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding)
  const encoder = new TextEncoder()
  for await (const chunk of chunks) yield encoder.encode(decoder.decode(chunk, { stream: true }))
  yield encoder.encode(decoder.decode())
}
