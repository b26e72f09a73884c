/** The compose kind of schedule: one file for Docker Compose, which is not told to start it: that is one command of Docker's own. */
import { composeText, isComposeText } from '../domain/schedule/compose.ts'
import { TwdwError } from '../errors.ts'
import type { Installer } from '../io/installer.ts'
import { type ComposeSchedulePlan, missingKeys, type Schedule, type Step } from './plan.ts'

/** The Compose kind of schedule: one file, which nobody starts from here. */
export function composeSchedule({ jobs, path, compose }: ComposeSchedulePlan): Schedule {
  return {
    texts: () => [{ path, text: composeText(compose) }],
    unmetNeeds: installer => missingKeys(jobs, installer),
    async installSteps(installer) {
      const text = composeText(compose)
      const there = await readOwn(path, installer)
      return [{ do: there === undefined ? 'write' : there === text ? 'keep' : 'replace', path, text }]
    },
    async uninstallSteps(installer): Promise<Step[]> {
      return (await readOwn(path, installer)) === undefined ? [] : [{ do: 'remove', path }]
    },
    notes: action =>
      action === 'install'
        ? ['start it, or what has changed of it: docker compose up -d']
        : ['containers that run go on: docker compose down before the file is gone, docker rm -f after; volumes stay'],
  }
}

/** @returns undefined where there is no file. @throws TwdwError E_USAGE for one that somebody else wrote */
async function readOwn(path: string, installer: Installer): Promise<string | undefined> {
  const text = await installer.readText(path)
  if (text === undefined || isComposeText(text)) return text
  throw new TwdwError('E_USAGE', `${path} was not written by twdw, and is left alone`, {
    hint: 'move it away if it is not needed, or run this in another folder',
  })
}
