/**
 * Words as a shell hands them over, and words as it takes them back.
 *
 * bash hands over what stands on the line, quotes, backslashes and `~` included, with a cut at every `=`. zsh takes its own quotes
 * away, and fish nearly all. A word that is not finished may have a quote that is not closed.
 */
import type { TypedWords } from './candidates.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** What was typed, and how the shell has it. */
export interface ShellWords extends TypedWords {
  /** quote that the current word is in; '' for none */
  quote: string
  /** what of the current word the shell does not replace */
  kept: string
}

/**
 * @param words as the shell has them, the program's name left out
 * @param at    place of the word with the cursor; nothing stands there where a new one begins
 */
export function readShellWords(
  shell: Shell,
  words: readonly string[],
  at: number,
  home: string | undefined,
): ShellWords {
  const plain = (word: string) => withoutQuotes(word, home)
  if (shell === 'zsh') {
    return { before: words.slice(0, at), current: words[at] ?? '', after: words.slice(at + 1), quote: '', kept: '' }
  }
  const before = words.slice(0, at)
  const typed = words[at] ?? ''
  const { joined, rest } = shell === 'bash' ? joinAssignment(before, typed) : { joined: typed, rest: before }
  const value = joined.slice(joined.length - (typed === '=' ? 0 : typed.length))
  const [quote = ''] = /^['"]/.exec(value) ?? []
  const lead = joined.slice(0, joined.length - value.length)
  return {
    before: (shell === 'bash' ? joinAssignments(rest) : rest).map(plain),
    current: lead + plain(value),
    after: words.slice(at + 1).map(plain),
    quote,
    kept: lead,
  }
}

/** `--tag`, `=`, `co` is one word to everybody but bash. */
function joinAssignment(before: readonly string[], typed: string): { joined: string; rest: readonly string[] } {
  const [flag = '', sign] = typed === '=' ? [before.at(-1), '='] : before.slice(-2)
  if (sign !== '=' || !flag.startsWith('--')) return { joined: typed, rest: before }
  return { joined: `${flag}=${typed === '=' ? '' : typed}`, rest: before.slice(0, typed === '=' ? -1 : -2) }
}

function joinAssignments(words: readonly string[]): string[] {
  const joined: string[] = []
  for (const [i, word] of words.entries()) {
    const isPart = word === '=' || (words[i - 1] === '=' && joined.at(-1)?.endsWith('='))
    if (isPart && joined.at(-1)?.startsWith('--')) joined.push(`${joined.pop()}${word}`)
    else joined.push(word)
  }
  return joined
}

/** What the shell makes of a word, as far as that follows from the word: variables and patterns stay as they are. */
function withoutQuotes(word: string, home: string | undefined): string {
  const text = home !== undefined && /^~(?=\/|$)/.test(word) ? home + word.slice(1) : word
  return text.replace(/'([^']*)(?:'|$)|"((?:[^"\\]|\\[\s\S])*)(?:"|\\?$)|\\([\s\S])/g, (_, single, double, escaped) => {
    if (single !== undefined) return single
    return double === undefined ? escaped : double.replace(/\\(["\\$`])/g, '$1')
  })
}

/** What moves a cursor or ends a line cannot be offered in one. */
const UNFIT = /[\p{Cc}\u2028\u2029]/u

/**
 * A candidate as the shell shall put it in.
 * @returns undefined for what cannot be put in there
 */
export function quoteFor(
  shell: Shell,
  word: string,
  { quote, kept }: Pick<ShellWords, 'quote' | 'kept'>,
): string | undefined {
  const rest = word.slice(kept.length)
  if (UNFIT.test(rest)) return undefined
  // the others put quotes around by themselves
  if (shell !== 'bash') return rest
  if (quote === "'") return rest.includes("'") ? undefined : rest
  if (quote === '"') return /[!]/.test(rest) ? undefined : rest.replace(/["\\$`]/g, '\\$&')
  return rest.replace(/[ !"#$&'()*;<>?[\\\]^`{|}~]/g, '\\$&')
}
