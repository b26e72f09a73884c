/** A street whose outlets remember what was written to them. */
import type { Street } from '../../src/lib/io/street.ts'

export interface FakeStreet extends Street {
  /** everything written to stdout so far */
  said(): string
  /** the same as bytes */
  saidBytes(): Uint8Array
  /** everything written to stderr so far */
  told(): string
}

/** @param terminal width of the terminal that stdout is; undefined for a pipe. @param input what stdin has */
export function fakeStreet(
  cwd: string,
  about: { terminal?: number | undefined; env?: Record<string, string>; input?: string } = {},
): FakeStreet {
  const out: Uint8Array[] = []
  const err: Uint8Array[] = []
  const outlet = (into: Uint8Array[], columns: number | undefined) => ({
    write: async (text: string | Uint8Array) => {
      into.push(typeof text === 'string' ? new TextEncoder().encode(text) : text.slice())
      return true
    },
    isTerminal: columns !== undefined,
    columns,
  })
  return {
    env: about.env ?? {},
    cwd,
    stdin: (async function* () {
      if (about.input !== undefined) yield new TextEncoder().encode(about.input)
    })(),
    stdout: outlet(out, about.terminal),
    stderr: outlet(err, undefined),
    version: '0.0.0',
    executable: '/usr/bin/twdw',
    stopSignal: new AbortController().signal,
    onReload: () => undefined,
    leave: () => undefined,
    said: () => Buffer.concat(out).toString(),
    saidBytes: () => Buffer.concat(out),
    told: () => Buffer.concat(err).toString(),
  }
}
