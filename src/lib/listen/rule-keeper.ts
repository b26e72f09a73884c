/**
 * The rules at X for as long as somebody listens: made sure of before the stream is opened, looked at beside it, and
 * changed beside it when others are wanted. The stream goes on meanwhile: X acts on changed rules within some 20 s.
 *
 * Two looks never run at once. A change is kept until whoever reads the stream takes it, between two batches.
 */
import { endingText } from '../domain/x/reconnect.ts'
import { rulePrefix, type WantedRule } from '../domain/x/rules.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { SessionEvent } from '../io/source/source.ts'
import type { Answer } from '../io/x/rest.ts'
import { type EnsuredRules, ensureRules, type RuleInUse, type RulePorts, shortRule } from './ensure-rules.ts'

/** Why the rules are looked at while they are in use. */
export type Occasion =
  /** somebody else may have changed them */
  | { why: 'time' }
  /** these are wanted from now on */
  | { why: 'settings'; wanted: readonly WantedRule[] }

export interface KeeperPlan {
  wanted: readonly WantedRule[]
  /** from `lakeNameOf` */
  lakeName: string
  /** what only rules of other programs matched is to be stored too */
  foreign?: boolean
}

export interface KeeperPorts extends RulePorts {
  clock: Clock
  /** until the signal aborts; absent: the rules are not looked at while they are in use */
  occasions?: (signal: AbortSignal) => AsyncIterable<Occasion>
  /** told what is wanted, once X has taken it */
  adopted?: (wanted: readonly WantedRule[]) => void
}

/** When X could not be asked, it is asked again after so long. */
const AGAIN_AFTER_MS = 60_000

export class RuleKeeper {
  private wanted: readonly WantedRule[]
  /** what was wanted before, while X has not taken what is wanted now */
  private replaced: readonly WantedRule[] | undefined
  private readonly plan: KeeperPlan
  private readonly ports: KeeperPorts
  private ensured: EnsuredRules | undefined
  /** when the rules in use were last seen to stand */
  private seenAtMs = 0
  /** other rules are in use since `atMs`, and nobody was told; until `sureUntilMs` those before surely stood */
  private change: { atMs: number; sureUntilMs: number } | undefined
  /** since when the rules are in use that were told last */
  private toldAtMs = 0
  private turn: Promise<unknown> = Promise.resolve()
  private failure: unknown

  constructor(plan: KeeperPlan, ports: KeeperPorts) {
    this.wanted = plan.wanted
    this.plan = plan
    this.ports = ports
  }

  get inUse(): readonly RuleInUse[] {
    return this.ensured?.rules ?? []
  }

  /** To be called when X says that the rules do not stand. */
  forget(): void {
    this.ensured = undefined
  }

  /**
   * Before a stream is opened.
   * @returns why X could not be asked
   * @throws TwdwError E_USAGE, E_REFUSED as `ensureRules`
   */
  ensure(signal: AbortSignal): Promise<Answer<EnsuredRules>> {
    return this.inTurn(async () => {
      if (this.ensured !== undefined) return { ok: true, value: this.ensured }
      try {
        return await this.ensureWanted(signal)
      } catch (error) {
        if (this.replaced === undefined || !(error instanceof TwdwError)) throw error
        this.warnOf('the new settings are not used', error)
        this.wanted = this.replaced
        this.replaced = undefined
        return await this.ensureWanted(signal)
      }
    })
  }

  private async ensureWanted(signal: AbortSignal): Promise<Answer<EnsuredRules>> {
    const { wanted } = this
    const ensured = await ensureRules({ wanted, lakeName: this.plan.lakeName }, this.ports, signal)
    if (ensured.ok) this.note(ensured.value)
    return ensured
  }

  /** Attends to every occasion, until `signal` aborts. Never rejects: `changes` throws what went wrong. */
  async keep(signal: AbortSignal): Promise<void> {
    const { occasions, clock, log } = this.ports
    try {
      for await (const occasion of occasions?.(signal) ?? []) {
        for (let tries = 0; !signal.aborted; tries++) {
          const outOfSight = await this.inTurn(() => this.attend(occasion, signal))
          if (outOfSight === undefined) break
          const sentence = `the rules at X could not be looked at: ${outOfSight}; looking again every minute`
          log[tries === 0 ? 'warn' : 'debug'](sentence)
          await clock.sleep(AGAIN_AFTER_MS, signal)
        }
      }
    } catch (error) {
      this.failure = error
    }
  }

  /** The event with which a connection begins. */
  connected(atMs: number): SessionEvent {
    this.change = undefined
    this.toldAtMs = atMs
    return { event: 'connected', atMs, ...this.told }
  }

  /**
   * The event of a change that nobody was told of, if there is one.
   * @param lastHeardAtMs of a connection that is over: the event is not later, though the change may be
   * @throws what `keep` did not foresee
   */
  *changes(lastHeardAtMs = Number.POSITIVE_INFINITY): Iterable<SessionEvent> {
    if (this.failure !== undefined) throw this.failure
    if (this.change === undefined) return
    const atMs = Math.max(this.toldAtMs, Math.min(this.change.atMs, lastHeardAtMs))
    const sureUntilMs = Math.max(this.toldAtMs, Math.min(this.change.sureUntilMs, atMs))
    this.change = undefined
    this.toldAtMs = atMs
    yield { event: 'ruled', atMs, sureUntilMs, ...this.told }
  }

  private get told() {
    const { foreign, lakeName } = this.plan
    // of a rule that X did not name, what it matched must not be taken for a stranger's
    const isEachKnown = this.inUse.length === this.ensured?.fitted.length
    return { rules: this.inUse, ownTags: foreign || !isEachKnown ? undefined : rulePrefix(lakeName) }
  }

  /** @returns why X could not be asked; undefined when the occasion is attended to */
  private async attend(occasion: Occasion, signal: AbortSignal): Promise<string | undefined> {
    const wanted = occasion.why === 'settings' ? occasion.wanted : this.wanted
    const before = this.ensured
    if (before === undefined) {
      // made sure of before the next connection
      if (occasion.why === 'settings') this.replaced ??= this.wanted
      this.wanted = wanted
      return undefined
    }
    const fitted = occasion.why === 'time' ? before.fitted : undefined
    try {
      const look = { wanted, lakeName: this.plan.lakeName, fitted }
      const manner = { isListening: true, isRoutine: occasion.why === 'time' }
      const ensured = await ensureRules(look, this.ports, signal, manner)
      if (!ensured.ok) return ensured.end.how === 'aborted' ? undefined : endingText(ensured.end)
      this.wanted = wanted
      this.compare(before, ensured.value)
      this.note(ensured.value)
      return undefined
    } catch (error) {
      if (!(error instanceof TwdwError)) throw error
      const what =
        occasion.why === 'time' ? 'the rules at X are not as they should be' : 'the new settings are not used'
      this.warnOf(what, error)
      // with the old ones it has to go on, whatever X had done by then
      return occasion.why === 'time' ? undefined : this.attend({ why: 'time' }, signal)
    }
  }

  private compare({ rules: before }: EnsuredRules, { rules, stoodBefore }: EnsuredRules): void {
    const atMs = this.ports.clock.nowMs()
    const gone = before.filter(({ id }) => !stoodBefore.has(id))
    if (gone.length > 0) {
      const since = new Date(this.seenAtMs).toISOString()
      const texts = gone.map(shortRule).join(', ')
      const sentence = `rules in use were gone from X: ${texts}; tweets for them may be missing since ${since}`
      this.ports.log.warn(sentence, { event: 'rules', gone: gone.length, since })
    }
    const ids = (list: readonly RuleInUse[]) =>
      list
        .map(({ id }) => id)
        .sort()
        .join()
    if (ids(before) === ids(rules)) return
    const sureUntilMs = gone.length > 0 ? this.seenAtMs : atMs
    this.change = { atMs, sureUntilMs: Math.min(sureUntilMs, this.change?.sureUntilMs ?? sureUntilMs) }
  }

  private warnOf(what: string, { message, hint }: TwdwError): void {
    this.ports.log.warn(`${what}: ${message}`, { event: 'rules', hint: hint ?? null })
  }

  private note(ensured: EnsuredRules): void {
    this.ensured = ensured
    this.replaced = undefined
    this.ports.adopted?.(this.wanted)
    this.seenAtMs = this.ports.clock.nowMs()
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work)
    this.turn = result.catch(() => undefined)
    return result
  }
}
