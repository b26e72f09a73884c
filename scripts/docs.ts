/**
 * `npm run docs`: puts the text of every `--help` into README.md, between its markers.
 *
 * With `--check` it writes nothing and fails when the page is not what it would write, so that CI sees a stale page.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const README = resolve(ROOT, 'README.md')
const MARKED = /<!-- help: ([a-z ]+) -->\n[\s\S]*?<!-- end -->/g

const page = await readFile(README, 'utf8')
const commands = [...page.matchAll(MARKED)].map(([, command = '']) => command)
const helps = new Map(await Promise.all(commands.map(async command => [command, await helpOf(command)] as const)))
const fresh = page.replaceAll(MARKED, (_, command: string) => {
  return `<!-- help: ${command} -->\n\`\`\`text\n${helps.get(command)}\n\`\`\`\n<!-- end -->`
})

if (commands.length === 0) fail('README.md has no <!-- help: … --> marker')
if (process.argv.includes('--check')) {
  if (fresh !== page) fail('README.md does not show the --help of now; run `npm run docs`')
} else if (fresh !== page) {
  await writeFile(README, fresh)
}

async function helpOf(command: string): Promise<string> {
  const words = command.split(' ').filter(word => word !== 'twdw')
  const child = Bun.spawn([process.execPath, resolve(ROOT, 'src/main.ts'), ...words, '--help'], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const text = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) fail(`\`twdw ${words.join(' ')} --help\` failed`)
  return text.trimEnd()
}

function fail(sentence: string): never {
  console.error(`docs: ${sentence}`)
  process.exit(1)
}
