/** A street whose outlets remember what was written to them. */
import type { Street } from '../../src/lib/io/street.ts'

export interface FakeStreet extends Street {
  /** everything written to stdout so far */
  said(): string
  /** everything written to stderr so far */
  told(): string
}

/** @param terminal width of the terminal that stdout is; undefined for a pipe. @param input what stdin has */
export function fakeStreet(
  cwd: string,
  about: { terminal?: number | undefined; env?: Record<string, string>; input?: string } = {},
): FakeStreet {
  const out: string[] = []
  const err: string[] = []
  const outlet = (into: string[], columns: number | undefined) => ({
    write: async (text: string | Uint8Array) => {
      into.push(typeof text === 'string' ? text : new TextDecoder().decode(text))
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
    said: () => out.join(''),
    told: () => err.join(''),
  }
}
