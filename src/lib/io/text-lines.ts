/** Lines of a text file or of standard input, compressed or not, one after the other. */
import { createReadStream } from 'node:fs'
import { systemErrorCode, TwdwError } from '../errors.ts'
import { plainBytes } from './source/plain-bytes.ts'

const WHY_UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
}

/**
 * @param file its path; `-` is standard input
 * @returns each line without its line end, blank ones too
 * @throws TwdwError E_USAGE when it cannot be read
 */
export async function* readTextLines(file: string, stdin: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const chunk of plainBytes(file === '-' ? stdin : createReadStream(file))) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield line
    }
  } catch (cause) {
    if (cause instanceof TwdwError) throw cause
    const why = WHY_UNREADABLE[systemErrorCode(cause) ?? ''] ?? (cause instanceof Error ? cause.message : String(cause))
    throw new TwdwError('E_USAGE', `cannot read ${file === '-' ? 'standard input' : file}: ${why}`, {
      hint: 'check its name, and that it is whole',
      cause,
    })
  }
  yield rest + decoder.decode()
}
