/** The listener to X: whether it lives, and what it waits for or why it ended. */
import { type Finding, fault, ok, warning } from '../domain/health/finding.ts'
import type { Listener } from '../domain/health/liveness.ts'
import { spanText } from '../domain/wording.ts'
import type { Clock } from '../io/clock.ts'
import { type ListenerPorts, readListeners } from '../status/listeners.ts'

const CHECK = 'listener'
const LOGS = 'see its log: journalctl -u twdw-listen, or journalctl -t twdw'

/** @throws TwdwError E_LAKE when it cannot be looked at */
export async function checkListener(ports: ListenerPorts & { clock: Clock }): Promise<Finding[]> {
  const [listener] = await readListeners(['stream'], ports)
  return [
    listener === undefined ? ok(CHECK, 'nothing has listened to X here yet') : judge(listener, ports.clock.nowMs()),
  ]
}

function judge({ state, pulse, holder }: Listener, nowMs: number): Finding {
  if (pulse === null || state === 'untold') return ok(CHECK, `has just started: ${holder}`)
  const agoText = (iso: string) => `${iso.slice(0, 19)}Z (${spanText(Math.max(0, nowMs - Date.parse(iso)))} ago)`
  const { pid, lastHeardAt } = pulse
  const because = 'because' in pulse.state ? pulse.state.because : ''
  switch (state) {
    case 'connected':
      return ok(CHECK, `process ${pid} listens to X, and last heard of it ${agoText(lastHeardAt ?? pulse.state.since)}`)
    case 'starting':
      return ok(CHECK, `process ${pid} stores what an earlier run left, before it listens`)
    case 'connecting':
      return warning(CHECK, `process ${pid} is connecting to X since ${agoText(pulse.state.since)}`, LOGS)
    case 'waiting':
      return warning(
        CHECK,
        `process ${pid} waits before it asks X again: ${because}`,
        'it goes on by itself; see twdw status',
      )
    case 'paused': {
      const remedy =
        'make room: it goes on by itself. Do not end it: what has arrived and is not in the journal would be lost'
      return fault(
        CHECK,
        'E_LAKE',
        `process ${pid} does not read since ${agoText(pulse.state.since)}: ${because}`,
        remedy,
      )
    }
    case 'silent': {
      const remedy = `is its disk full, or does it not answer? Mend that first: it may go on. Else end it (kill ${pid}): the next one stores what is in the journal, and what has arrived since is lost`
      return fault(CHECK, 'E_LAKE', `process ${pid} hangs: it gave no sign of life since ${agoText(pulse.at)}`, remedy)
    }
    case 'failed':
      return warning(
        CHECK,
        `none runs since ${agoText(pulse.state.since)}, which ended so: ${because}`,
        `mend that, then start it again; ${LOGS}`,
      )
    case 'died':
      return warning(
        CHECK,
        `none runs: process ${pid} is gone without a word, last seen ${agoText(pulse.at)}`,
        `start it again: it stores first what is left in the journal; ${LOGS}`,
      )
    case 'ended':
      return ok(CHECK, `none runs since ${agoText(pulse.state.since)}: ${because}`)
  }
}
