/**
 * Scheduling: what keeps twdw running is printed, installed or removed, and never run from here.
 *
 * A plan becomes steps by looking only; then the steps are taken in their order. A dry run stops in between,
 * so what it says is exactly what would be done. Each kind of schedule is a file of its own beside this one.
 */
import type { Installer } from '../io/installer.ts'
import { airflowSchedule } from './airflow.ts'
import { composeSchedule } from './compose.ts'
import { cronSchedule } from './cron.ts'
import type { Schedule, SchedulePlan, ScheduleText, Step } from './plan.ts'
import { systemdSchedule } from './systemd.ts'

export interface ScheduleReport {
  action: SchedulePlan['action']
  dryRun: boolean
  /** filled by `print` only */
  texts: ScheduleText[]
  /** what was done, or would be, in that order; `failed` is what a step said that may fail, and did */
  steps: (Step & { failed?: string })[]
  /** filled by a dry run of `install`: what it would be refused for */
  unmetNeeds: { message: string; hint: string | undefined }[]
  notes: string[]
}

/**
 * @throws TwdwError E_USAGE when the plan cannot be written down, a need is not met, or somebody else's file
 *   stands in the way: nothing has changed then. E_REFUSED when systemd or cron refuses; E_LAKE for the disk
 */
export async function schedule(plan: SchedulePlan, installer: Installer): Promise<ScheduleReport> {
  const { action, dryRun } = plan
  const own = kindOf(plan)
  const report: ScheduleReport = { action, dryRun, texts: [], steps: [], unmetNeeds: [], notes: [] }
  if (action === 'print') return { ...report, texts: own.texts() }

  const steps = await (action === 'install' ? own.installSteps(installer) : own.uninstallSteps(installer))
  const unmet = action === 'install' ? await own.unmetNeeds(installer) : []
  if (dryRun) return { ...report, steps, unmetNeeds: unmet.map(({ message, hint }) => ({ message, hint })) }
  if (unmet[0] !== undefined) throw unmet[0]
  for (const step of steps) report.steps.push(await take(step, installer))
  return { ...report, notes: steps.length === 0 ? [] : own.notes(action) }
}

function kindOf(plan: SchedulePlan): Schedule {
  if (plan.kind === 'systemd') return systemdSchedule(plan)
  if (plan.kind === 'compose') return composeSchedule(plan)
  if (plan.kind === 'airflow') return airflowSchedule(plan)
  return cronSchedule(plan)
}

async function take(step: Step, installer: Installer): Promise<Step & { failed?: string }> {
  if (step.do === 'write' || step.do === 'replace') await installer.writeText(step.path, step.text)
  if (step.do === 'remove') await installer.removeText(step.path)
  if (step.do !== 'run') return step
  try {
    await installer.run(step.words, step.stdin)
    return step
  } catch (error) {
    if (!step.mayFail || !(error instanceof Error)) throw error
    return { ...step, failed: error.message }
  }
}
