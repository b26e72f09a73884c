/** What listening would change about the rules at X, for whoever asks before it does. */
import { counted } from '../wording.ts'
import type { RuleRoom } from './packing.ts'
import type { RulePlan, StandingRule, WantedRule } from './rules.ts'

export interface ShownRule {
  value: string
  /** null: a rule of another program that has none */
  tag: string | null
  /** folded; absent where it asks for something else */
  hashtags?: readonly string[]
}

export interface RuleChanges {
  /** ours, and as they should be */
  kept: ShownRule[]
  /** of other programs, and used as they stand */
  adopted: ShownRule[]
  added: ShownRule[]
  removed: ShownRule[]
  /** wanted, and X would not take them, whatever the room */
  refused: { value: string; reason: string }[]
  /** to be added, and X did not judge them: it has no place for them before others are removed */
  unjudged: string[]
  /** rules of other programs, adopted ones included */
  strangers: number
  /** rules that may stand; null where X does not say */
  cap: number | null
  /** whose rules count towards the cap */
  capOf: RuleRoom['of']
  /** places that would be left; null where X does not say */
  left: number | null
  /** there is no lake yet: in the tags `new` stands for what will tell it from others */
  isNewLake: boolean
}

export interface ChangesSeen {
  plan: RulePlan
  /** as they were made to fit */
  wanted: readonly WantedRule[]
  room: RuleRoom
  isNewLake: boolean
}

export function ruleChanges(
  { plan, wanted, room, isNewLake }: ChangesSeen,
  judged: { refused: readonly { value: string; reason: string }[]; unjudged: readonly string[] },
): RuleChanges {
  const hashtagsOf = (value: string) => wanted.find(rule => rule.value === value)?.hashtags?.map(({ name }) => name)
  const shown = ({ value, tag }: Pick<StandingRule, 'value' | 'tag'>): ShownRule => {
    const hashtags = hashtagsOf(value)
    return { value, tag: tag ?? null, ...(hashtags !== undefined && { hashtags }) }
  }
  const finite = (count: number) => (Number.isFinite(count) ? count : null)
  return {
    kept: plan.keep.map(shown),
    adopted: plan.adopt.map(({ standing }) => shown(standing)),
    added: plan.add.map(shown),
    removed: plan.remove.map(shown),
    refused: judged.refused.map(({ value, reason }) => ({ value, reason })),
    unjudged: judged.unjudged.filter(value => plan.add.some(rule => rule.value === value)),
    strangers: room.strangers,
    cap: finite(room.cap),
    capOf: room.of,
    left: finite(room.places - plan.keep.length - plan.add.length),
    isNewLake,
  }
}

/** The answer for a person: a line a rule, then what they come to. */
export function ruleChangesToText(changes: RuleChanges): string {
  const { kept, adopted, added, removed, refused, unjudged } = changes
  const lines = [
    ...kept.map(rule => `kept      ${ruleText(rule)}`),
    ...adopted.map(rule => `adopted   ${ruleText(rule)}`),
    ...added.map(rule => `added     ${ruleText(rule)}`),
    ...removed.map(rule => `removed   ${ruleText(rule)}`),
    ...refused.map(({ value, reason }) => `refused   ${value}: ${reason}`),
    ...unjudged.map(value => `unjudged  ${value}: X has no place for it before others are removed`),
    summary(changes),
    packsText(changes),
    roomText(changes),
    ...(changes.isNewLake ? ['The lake is not made yet: what tells it from others stands as "new" in the tags.'] : []),
    'Nothing was changed.',
  ]
  return `${lines.filter(line => line !== '').join('\n')}\n`
}

function ruleText({ value, tag }: ShownRule): string {
  return tag === null ? `${value}  (without a tag)` : `${value}  (${tag})`
}

function summary({ kept, adopted, added, removed, refused }: RuleChanges): string {
  const faulty = refused.length === 0 ? '' : `; X refuses ${refused.length} of them`
  const standing = counted(kept.length + adopted.length + added.length, 'rule')
  return `${standing} would be listened by: ${kept.length} kept, ${adopted.length} adopted, ${added.length} added${faulty}; ${removed.length} removed.`
}

function packsText({ kept, adopted, added }: RuleChanges): string {
  const packs = [...kept, ...adopted, ...added].filter(({ hashtags = [] }) => hashtags.length > 1)
  if (packs.length === 0) return ''
  const hashtags = packs.reduce((sum, { hashtags: names = [] }) => sum + names.length, 0)
  return `${hashtags} hashtags share ${counted(packs.length, 'rule')}, for want of room.`
}

function roomText({ strangers, cap, capOf, left }: RuleChanges): string {
  const whose = capOf === 'app' ? 'this app' : "this app's project"
  const others = `${counted(strangers, 'rule')} of other programs ${strangers === 1 ? 'is' : 'are'} left alone`
  if (cap === null) return `${others}. X does not say how many rules ${whose} may have.`
  const places = left === 1 ? '1 place' : `${left ?? 0} places`
  return `${others}. Of the ${cap.toLocaleString('en-US')} that ${whose} may have, ${places} would be left.`
}
