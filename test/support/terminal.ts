/** The executable on a terminal: a pseudo-terminal of Python's, whose keys and whose screen are pipes. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { BUILT, SLOW_MS } from './executable.ts'

export interface OnTerminal {
  /** Keys, as a terminal sends them: Enter is `\r`, Ctrl-C is `\x03`. */
  press(keys: string): void
  /** Waits until the screen was sent this, and gives what was sent since the last time. */
  until(text: string | RegExp): Promise<string>
  /** Resolves at the end: what was sent since the last `until`. */
  ended: Promise<string>
  /** of the process that the terminal is for; the terminal's own is another */
  kill(signal: NodeJS.Signals): void
  /** The window is closed. */
  hangUp(): void
}

/** Relays bytes both ways; when no more keys can come the terminal is closed. At the end it says with which status the program ended. */
const RELAY = `
import fcntl, os, pty, select, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 120, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
sys.stderr.write(str(pid) + '\\n')
sys.stderr.flush()
while True:
    ready, _, _ = select.select([0, terminal], [], [])
    if 0 in ready:
        typed = os.read(0, 65536)
        if not typed: break
        os.write(terminal, typed)
    if terminal in ready:
        try: sent = os.read(terminal, 65536)
        except OSError: break
        if not sent: break
        os.write(1, sent)
os.close(terminal)
_, status = os.waitpid(pid, 0)
print('[status %d]' % os.waitstatus_to_exitcode(status))
`

/** Sequences that move the cursor, colour, or clear. */
const ESCAPES = /\u001b\[[?0-9;]*[A-Za-z]/g

/** @param folder is the working directory. @param env beside the variables that the executable is always run with */
export function onTerminal(words: readonly string[], folder: string, env: Record<string, string> = {}): OnTerminal {
  const base = { HOME: join(folder, 'home'), PATH: process.env.PATH ?? '', TERM: 'xterm' }
  const relay = spawn('python3', ['-c', RELAY, BUILT, ...words], { cwd: folder, env: { ...base, ...env } })
  let sent = ''
  let pid: number | undefined
  let isEnded = false
  const waiting = new Set<() => void>()
  const look = () => {
    for (const each of [...waiting]) each()
  }
  relay.stdout.setEncoding('utf8').on('data', (text: string) => {
    sent = `${sent}${text}`.replace(ESCAPES, '').replace(/\r+\n/g, '\n')
    look()
  })
  relay.stderr.setEncoding('utf8').on('data', (text: string) => {
    pid ??= Number.parseInt(text, 10)
  })
  const take = (end: number) => {
    const taken = sent.slice(0, end)
    sent = sent.slice(end)
    return taken
  }
  const ended = new Promise<string>((resolve, reject) => {
    relay.on('error', reject)
    relay.on('close', () => {
      isEnded = true
      look()
      resolve(take(sent.length))
    })
  })
  return {
    press: keys => void relay.stdin.write(keys),
    kill: signal => void process.kill(pid!, signal),
    hangUp: () => void relay.stdin.end(),
    ended,
    until: wanted =>
      new Promise((resolve, reject) => {
        const stop = () => {
          clearTimeout(timer)
          waiting.delete(check)
        }
        const fail = (why: string) => {
          stop()
          relay.kill('SIGKILL')
          reject(new Error(`${why} ${wanted}; the screen was sent ${JSON.stringify(sent)}`))
        }
        const check = () => {
          const at = typeof wanted === 'string' ? sent.indexOf(wanted) : sent.search(wanted)
          const [found = ''] = typeof wanted === 'string' ? [wanted] : (wanted.exec(sent) ?? [])
          if (at < 0) return isEnded ? fail('ended without') : undefined
          stop()
          resolve(take(at + found.length))
        }
        const timer = setTimeout(() => fail('waited in vain for'), SLOW_MS / 2)
        waiting.add(check)
        check()
      }),
  }
}
