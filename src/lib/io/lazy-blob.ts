/**
 * A Blob whose bytes are read when they are asked for: parquet-wasm takes a few columns of a file through it, and the rest is
 * never read.
 *
 * It must never be told of a failure, which it does not outlive: it would wait for ever. What is asked for and cannot be had
 * stays unanswered, and `failed` tells.
 */
import type { OpenFile } from './lake.ts'

export class LazyBlob extends Blob {
  readonly #file: Pick<OpenFile, 'length' | 'read'>
  readonly #failed = Promise.withResolvers<never>()
  /** Rejects when bytes could not be read, or were asked for where there are none. */
  readonly failed: Promise<never> = this.#failed.promise

  constructor(file: Pick<OpenFile, 'length' | 'read'>) {
    super()
    this.#file = file
    // who asks for bytes also waits for this; nobody may have asked yet
    this.failed.catch(() => undefined)
  }

  override get size(): number {
    return this.#file.length
  }

  override slice(from = 0, to = this.size): Blob {
    return new Part(() => this.#read(from, to))
  }

  async #read(from: number, to: number): Promise<ArrayBuffer> {
    try {
      if (from < 0 || to < from || to > this.size)
        throw new Error(`bytes ${from} to ${to} of ${this.size} are asked for`)
      const bytes = await this.#file.read(from, to)
      if (bytes.length < to - from) throw new Error(`it ends before the byte ${to} that is asked for`)
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
    } catch (cause) {
      this.#failed.reject(cause)
      return new Promise(() => undefined)
    }
  }
}

class Part extends Blob {
  readonly #read: () => Promise<ArrayBuffer>

  constructor(read: () => Promise<ArrayBuffer>) {
    super()
    this.#read = read
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    return this.#read()
  }
}
