/** What `twdw schedule` answers: texts as files hold them, or the steps that were or would be taken. */

import type { ScheduleText, Step } from './plan.ts'
import type { ScheduleReport } from './schedule.ts'

/** @param isJson texts as one object a line, anything else as one object; shapes as in the report */
export function reportToText(report: ScheduleReport, isJson: boolean): string {
  const { texts, ...answer } = report
  if (report.action === 'print') {
    if (isJson) return texts.map(text => `${JSON.stringify(text)}\n`).join('')
    return textsToText(texts)
  }
  return isJson ? `${JSON.stringify(answer)}\n` : stepsToText(report)
}

/** One text alone can be piped on; several are told apart by a comment. */
function textsToText(texts: readonly ScheduleText[]): string {
  if (texts.length === 1) return texts.map(({ text }) => text).join('')
  return texts.map(({ path, text }) => `### ${path}\n${text}`).join('\n')
}

function stepsToText(report: ScheduleReport): string {
  const lines = report.steps.flatMap(step => stepToLines(step, report.dryRun))
  if (report.steps.length === 0) {
    lines.push(report.action === 'install' ? 'nothing to do: it is installed already' : 'nothing to remove')
  }
  for (const { message, hint } of report.unmetNeeds) {
    lines.push(`would be refused: ${message}`, ...(hint === undefined ? [] : [`  try: ${hint}`]))
  }
  return [...lines, ...report.notes, ''].join('\n')
}

const VERBS = {
  write: { would: 'would write', did: 'wrote' },
  replace: { would: 'would replace', did: 'replaced' },
  keep: { would: 'would leave as it is', did: 'left as it was' },
  remove: { would: 'would remove', did: 'removed' },
  run: { would: 'would run', did: 'ran' },
} as const

function stepToLines(step: ScheduleReport['steps'][number], dryRun: boolean): string[] {
  const verb = VERBS[step.do][dryRun ? 'would' : 'did']
  const failed = step.failed === undefined ? '' : `, in vain: ${step.failed}`
  const what = step.do === 'run' ? step.words.map(shellWord).join(' ') : step.path
  return [`${verb} ${what}${failed}`, ...(dryRun ? contentOf(step).map(line => `  | ${line}`.trimEnd()) : [])]
}

function contentOf(step: Step): string[] {
  const text = step.do === 'run' ? step.stdin : step.do === 'write' || step.do === 'replace' ? step.text : undefined
  return text === undefined ? [] : text.replace(/\n$/, '').split('\n')
}

/** As it could be pasted into a shell. */
function shellWord(word: string): string {
  return /^[\w/.,:=+@%-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
