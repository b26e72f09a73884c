/**
 * Lines that a person types, with Node's readline: cursor keys, history, completion. Or the lines of a script, one by one.
 *
 * The terminal gives every key to readline, Ctrl-C included: no signal comes of it, and what it stops is decided here.
 */
import { createInterface } from 'node:readline'
import type { Terminal } from './street.ts'

/** Where lines come from. */
export interface LineSource {
  /** true when a person types them */
  readonly isTyped: boolean
  /** The next line; `cancelled` when Ctrl-C dropped it, `end` when no more will come. */
  readLine(prompt: string): Promise<{ line: string } | 'cancelled' | 'end'>
  /** Into the history: what the arrow keys bring back, over several lines perhaps. */
  remember(typed: string): void
  /** Work that Ctrl-C stops; lines that were typed or pasted ahead are dropped then. */
  interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>
  close(): void
}

export interface LineEditorPlan {
  /** newest last */
  history: readonly string[]
  /** entries that are kept in memory */
  historySize: number
  /** told of each new entry */
  onRemember(typed: string): void
  /**
   * What the word at the cursor may become; never rejects.
   * @returns the word, and what replaces it
   */
  complete(before: string, after: string): Promise<{ word: string; candidates: string[] }>
  /** ends the lines */
  stopSignal: AbortSignal
}

export function openLineEditor({ input, output }: Terminal, plan: LineEditorPlan): LineSource {
  const entries = [...plan.history].reverse()
  const readline = createInterface({
    input,
    output,
    terminal: true,
    history: [...entries],
    historySize: plan.historySize,
    completer: (before: string, done: (error: null, result: [string[], string]) => void) => {
      const after = readline.line.slice(before.length)
      void plan
        .complete(withLineEnds(before), withLineEnds(after))
        .then(({ word, candidates }) => done(null, [candidates, word]))
    },
  })
  const ahead: string[] = []
  let isClosed = false
  let waiting: ((line: { line: string } | 'cancelled' | 'end') => void) | undefined
  let working: AbortController | undefined
  const give = (line: { line: string } | 'cancelled' | 'end') => {
    waiting?.(line)
    waiting = undefined
  }
  // readline keeps every line; a statement over three lines is one entry, and is there once it is whole
  let kept: string[] | undefined
  readline.on('history', (history: string[]) => {
    kept = history
    history.splice(0, history.length, ...entries)
  })
  readline.on('line', typed => {
    const line = withLineEnds(typed)
    if (waiting === undefined) ahead.push(line)
    else give({ line })
  })
  readline.on('SIGINT', () => {
    if (working !== undefined) {
      ahead.length = 0
      working.abort('SIGINT')
      return
    }
    // to the end of the line, and away with what stands before it
    readline.write(null, { ctrl: true, name: 'e' })
    readline.write(null, { ctrl: true, name: 'u' })
    output.write('^C\n')
    give('cancelled')
  })
  // after Ctrl-Z and fg
  readline.on('SIGCONT', () => readline.prompt(true))
  // a terminal that was closed cannot even be set back: then this is the end, as its hangup is
  readline.on('error', () => give('end'))
  const close = () => {
    if (isClosed) return
    isClosed = true
    readline.close()
  }
  readline.on('close', () => {
    // Ctrl-D leaves the cursor behind the prompt
    if (!isClosed) output.write('\n')
    isClosed = true
    give('end')
  })
  plan.stopSignal.addEventListener('abort', close)
  return {
    isTyped: true,
    readLine(prompt) {
      const line = ahead.shift()
      if (line !== undefined) return Promise.resolve({ line })
      if (isClosed) return Promise.resolve('end')
      return new Promise(resolve => {
        waiting = resolve
        readline.setPrompt(prompt)
        // with what was typed ahead, as it stands
        readline.prompt(true)
      })
    },
    remember(typed) {
      if (entries[0] === typed) return
      entries.unshift(typed)
      entries.splice(plan.historySize)
      kept?.splice(0, kept.length, ...entries)
      plan.onRemember(typed)
    },
    async interruptible(work) {
      working = new AbortController()
      try {
        return await work(AbortSignal.any([working.signal, plan.stopSignal]))
      } finally {
        working = undefined
      }
    },
    close() {
      plan.stopSignal.removeEventListener('abort', close)
      close()
    },
  }
}

/** readline shows an entry of several lines as such, and hands its line ends out as carriage returns. */
function withLineEnds(text: string): string {
  return text.replace(/\r\n?/g, '\n')
}

/** A script: nobody is asked for anything, and only the signal of the process stops it. */
export function openScript(lines: AsyncIterator<string>, stopSignal: AbortSignal): LineSource {
  return {
    isTyped: false,
    async readLine() {
      const { done, value } = await lines.next()
      return done ? 'end' : { line: value }
    },
    remember: () => undefined,
    interruptible: work => work(stopSignal),
    close: () => undefined,
  }
}
