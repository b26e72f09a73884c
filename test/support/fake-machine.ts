/** A machine that knows systemctl, crontab and a few more as far as schedules use them, and remembers what was run. */
import type { CommandRunner, Finished } from '../../src/lib/io/installer.ts'

export interface FakeMachine {
  run: CommandRunner
  /** what was run, words joined by blanks; only what changes something, not what looks */
  ran: string[]
  crontab: string | undefined
}

export interface FakeMachineOptions {
  crontab?: string
  /** programs that are not installed */
  missing?: readonly string[]
  accounts?: readonly string[]
  /** answer of `systemctl is-system-running` */
  systemd?: string
  /** what commands that only look say, by their words joined by blanks */
  answers?: Readonly<Record<string, string>>
  /** commands that fail, words joined by blanks, with what they say */
  failing?: Readonly<Record<string, string>>
}

const LOOKING = /^(systemctl( --user)? is-system-running|crontab -l|id -u .*|\S+ --version)$/

export function fakeMachine(options: FakeMachineOptions = {}): FakeMachine {
  const machine: FakeMachine = { ran: [], crontab: options.crontab, run: async () => finished() }
  machine.run = async (words, stdin) => {
    const line = words.join(' ')
    if (options.missing?.includes(words[0] ?? '')) throw Object.assign(new Error('no such program'), { code: 'ENOENT' })
    const answer = options.answers?.[line]
    if (answer !== undefined) return finished({ stdout: answer })
    if (!LOOKING.test(line)) machine.ran.push(line)
    const failure = options.failing?.[line]
    if (failure !== undefined) return finished({ status: 1, stderr: `${failure}\n` })
    if (line.endsWith('is-system-running')) return finished({ stdout: `${options.systemd ?? 'running'}\n` })
    if (words[0] === 'id') return finished({ status: options.accounts?.includes(words[2] ?? '') ? 0 : 1 })
    return words[0] === 'crontab' ? useCrontab(machine, words[1] ?? '', stdin) : finished()
  }
  return machine
}

function useCrontab(machine: FakeMachine, how: string, stdin: string): Finished {
  if (how === '-l') {
    return machine.crontab === undefined
      ? finished({ status: 1, stderr: 'no crontab for ana\n' })
      : finished({ stdout: machine.crontab })
  }
  machine.crontab = how === '-r' ? undefined : stdin
  return finished()
}

function finished(change: Partial<Finished> = {}): Finished {
  return { status: 0, stdout: '', stderr: '', ...change }
}
