/**
 * `npm run bench`: measures the sections of the pages about speed and size, one after the other, and tells each anew.
 *
 * `npm run bench -- replay query` measures some, `--list` says which there are. `--small` tries them out on small inputs,
 * `--with name=value` (a number, or several with commas) on other ones: such figures go below the temporary folder and not
 * into docs/, save with `--write`.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { lookAtMachine, lookUpVersions } from './machine.ts'
import { peersPython } from './peers.ts'
import { ROOT, WORK } from './places.ts'
import { filesOfResults, readResults, resultsFile, writeFiles } from './results.ts'
import { QUIET, type Results, type Section, type Size } from './section.ts'
import { SECTIONS } from './sections.ts'
import { checkSizeWords, sizeWith } from './size.ts'
import { round } from './statistics.ts'

const say = (sentence: string) => console.error(sentence)

try {
  const words = parseWords(process.argv.slice(2))
  if (words.list) console.log(listText())
  else await main(words)
} catch (error) {
  say(`bench: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}

type Words = ReturnType<typeof parseWords>

function parseWords(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      list: { type: 'boolean', default: false },
      small: { type: 'boolean', default: false },
      with: { type: 'string', multiple: true, default: [] },
      write: { type: 'boolean', default: false },
    },
  })
  const isTrial = (values.small || values.with.length > 0) && !values.write
  return { ...values, wanted: sectionsOf(positionals), isTrial, root: isTrial ? join(WORK, 'trial') : ROOT }
}

/** Each section with the minutes that it takes. */
function listText(): string {
  return SECTIONS.map(
    ({ name, minutes, about }) => `${name.padEnd(12)} ${String(minutes).padStart(4)} min  ${about}`,
  ).join('\n')
}

async function main({ wanted, small, with: changes, isTrial, root }: Words): Promise<void> {
  checkSizeWords(
    changes,
    wanted.map(({ size }) => size),
  )
  const minutes = Math.ceil(wanted.reduce((sum, section) => sum + section.minutes, 0))
  const estimate = small ? '' : `, about ${minutes} minutes on two quiet cores; lakes that are not made yet come on top`
  say(`${wanted.map(({ name }) => name).join(', ')}${estimate}`)
  await peersPython()
  const failed: string[] = []
  for (const [place, section] of wanted.entries()) {
    say(`\n[${place + 1}/${wanted.length}] ${section.name}: ${section.about}`)
    try {
      tell(section, await measure(section, sizeWith(small ? section.smallSize : section.size, changes)), root)
    } catch (error) {
      failed.push(section.name)
      say(`  failed: ${error instanceof Error ? error.message : error}`)
    }
  }
  if (isTrial) say(`\ntried out; the figures are in ${join(root, 'docs')}`)
  if (failed.length > 0) throw new Error(`failed: ${failed.join(', ')}; what the others measured is kept`)
}

async function measure(section: Section, size: Size): Promise<Results> {
  const [machine, versions, beganMs] = [await lookAtMachine(), await lookUpVersions(), Date.now()]
  const { loadBefore, busyBefore } = machine
  const busy = busyBefore > QUIET ? '; others are at work, and the page will say so' : ''
  say(`  load ${loadBefore}, processors in use now ${busyBefore}${busy}`)
  const minutesNow = () => round((Date.now() - beganMs) / 60_000, 1)
  const figures = await section.measure(size, { say: sentence => say(`  ${minutesNow()} min  ${sentence}`) })
  const measuredAt = `${new Date(beganMs).toISOString().slice(0, 19)}Z`
  return { section: section.name, measuredAt, minutes: minutesNow(), machine, versions, size, figures }
}

/** Keeps the results, and tells them with all that are kept in the same place. */
function tell(section: Section, results: Results, root: string): void {
  writeFiles(resultsFile(results), root)
  const readPage = (path: string) => readFileSync(join(ROOT, path), 'utf8')
  writeFiles(
    filesOfResults(SECTIONS, ({ name }) => readResults(name, root), readPage),
    root,
  )
  for (const lines of Object.values(section.tell(results))) console.log(`${lines.join('\n')}\n`)
  say(`  took ${results.minutes} min`)
}

/** @param names none for all */
function sectionsOf(names: readonly string[]): Section[] {
  const unknown = names.filter(name => !SECTIONS.some(section => section.name === name))
  if (unknown.length > 0) {
    throw new Error(`no section ${unknown.join(', ')}; there are ${SECTIONS.map(({ name }) => name).join(', ')}`)
  }
  return SECTIONS.filter(({ name }) => names.length === 0 || names.includes(name))
}
