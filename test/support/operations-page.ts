/** The blocks of docs/operations.md that tests run as they stand there. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY } from './folders.ts'

const PAGE = readFileSync(join(REPOSITORY, 'docs/operations.md'), 'utf8')

/** @param name in the comment before the block */
export function operationsBlock(name: string): string {
  const [, block] = new RegExp(`<!-- run: ${name} -->\n\`\`\`sh\n([\\s\\S]*?)\`\`\``).exec(PAGE) ?? []
  if (block === undefined) throw new Error(`docs/operations.md has no block ${name}`)
  return block
}
