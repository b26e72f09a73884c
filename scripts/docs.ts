/**
 * `npm run docs`: puts what the program says of itself into the pages about it: the text of every `--help` into README.md, every view and
 * column into docs/data-model.md, every command and option into docs/twdw.1, what `twdw schedule compose` says into compose.yaml; and what
benchmarks measured (docs/benchmarks/*.json) into their pages and drawings.
 *
 * With `--check` it writes nothing and fails when a page is not what it would write, so that CI sees a stale page.
 */
import { existsSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { filesOfResults, readResults } from '../bench/results.ts'
import { SECTIONS } from '../bench/sections.ts'
import { composeText } from '../src/lib/domain/schedule/compose.ts'
import { ALL_COMMANDS, loadCommands, SUMMARY } from '../src/main.ts'
import { DEMO_COMPOSE, REPOSITORY_COMPOSE } from './compose.ts'
import { fillDataModel, readViewTypes } from './data-model.ts'
import { fillManPage } from './man-page.ts'

const ROOT = resolve(import.meta.dirname, '..')
const HELP = /<!-- help: ([a-z ]+) -->\n[\s\S]*?<!-- end -->/g

/** A page, and what it should be, from what it is. */
const PAGES: Readonly<Record<string, (page: string) => Promise<string>>> = {
  'README.md': fillHelp,
  'docs/data-model.md': async page => fillDataModel(page, await readViewTypes()),
  'compose.yaml': async () => composeText(REPOSITORY_COMPOSE),
  'compose.demo.yaml': async () => composeText(DEMO_COMPOSE),
  'docs/twdw.1': async page => fillManPage(page, await loadCommands(ALL_COMMANDS), SUMMARY),
}

for (const [path, fill] of Object.entries(PAGES)) {
  const page = await readFile(resolve(ROOT, path), 'utf8')
  await keep(path, page, await fill(page))
}
const told = filesOfResults(
  SECTIONS,
  ({ name }) => readResults(name),
  path => readFileSync(resolve(ROOT, path), 'utf8'),
)
for (const [path, text] of Object.entries(told)) {
  const file = resolve(ROOT, path)
  await keep(path, existsSync(file) ? await readFile(file, 'utf8') : '', text)
}

async function keep(path: string, page: string, fresh: string): Promise<void> {
  if (fresh === page) return
  if (process.argv.includes('--check')) fail(`${path} does not show what is so now; run \`npm run docs\``)
  await writeFile(resolve(ROOT, path), fresh)
}

async function fillHelp(page: string): Promise<string> {
  const commands = [...page.matchAll(HELP)].map(([, command = '']) => command)
  if (commands.length === 0) fail('README.md has no <!-- help: … --> marker')
  const helps = new Map(await Promise.all(commands.map(async command => [command, await helpOf(command)] as const)))
  return page.replaceAll(HELP, (_, command: string) => {
    return `<!-- help: ${command} -->\n\`\`\`text\n${helps.get(command)}\n\`\`\`\n<!-- end -->`
  })
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
