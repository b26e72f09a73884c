/** A question that is put to X once: what would make a listener wait and try again is a failure here. */
import { FIRST_RUNG, nextStep } from '../domain/x/reconnect.ts'
import { TwdwError } from '../errors.ts'
import type { Answer } from '../io/x/rest.ts'

type End = Extract<Answer<never>, { ok: false }>['end']

interface Question {
  /** what X was doing: `counting` */
  doing: string
  /** what did not happen: `X did not count #covid19` */
  failed: string
  /** for what may pass by itself */
  hint: string
}

export function failureOf(end: End, about: Question, nowMs: number): TwdwError {
  if (end.how === 'aborted') return new TwdwError('E_INTERRUPTED', `stopped while X was ${about.doing}`)
  const { step } = nextStep(end, FIRST_RUNG, { livedMs: undefined, nowMs, random: 0 })
  if (step.do === 'stop') return new TwdwError(step.code, step.message, { hint: step.hint })
  return new TwdwError('E_SOURCE', `${about.failed}: ${step.because}`, { hint: about.hint })
}
