/** The rules of the double's one app, with X's manners: one rule a text, judged one by one, pages of at most 1,000. */
import { ruleFault } from './rule-language.ts'
import type { WireRequest } from './wire.ts'

export interface DoubleRule {
  id: string
  value: string
  tag?: string
}

export interface RuleBookOptions {
  rules?: readonly DoubleRule[]
  /** that the app may have; X's own number is 1,000, and 5 for apps of old */
  maxRules?: number
  /** that all apps of its project may have together; as many as the app if left out */
  maxProjectRules?: number
  /** rules of the project's other apps */
  otherProjectRules?: number
  /** caps as numbers, as X wrote them before it wrote texts */
  capsAsNumbers?: boolean
  maxChars?: number
  /** smaller than X's, to have pages with few rules */
  pageRules?: number
  /** of a request that added rules: X answers 200 or 201 */
  addedStatus?: number
}

interface RuleAnswer {
  status: number
  body: Record<string, unknown>
}

const PROBLEMS = 'https://api.x.com/2/problems'

export class RuleBook {
  private rules: DoubleRule[]
  private nextId = 1950000000000000001n
  private readonly options: RuleBookOptions

  constructor(options: RuleBookOptions) {
    this.options = options
    this.rules = (options.rules ?? []).map(rule => ({ ...rule }))
  }

  get all(): readonly DoubleRule[] {
    return this.rules
  }

  /** As if somebody else's program had done it. */
  clear(isMeant: (rule: DoubleRule) => boolean = () => true): void {
    this.rules = this.rules.filter(rule => !isMeant(rule))
  }

  /** As if somebody else's program had done it. */
  put(rule: { value: string; tag?: string }): void {
    this.rules = [...this.rules, { id: String(this.nextId++), ...rule }]
  }

  /** `GET /2/tweets/search/stream/rules` */
  list(query: WireRequest['query'], sent: string): RuleAnswer {
    const wanted = query.ids?.split(',')
    const rules = wanted === undefined ? this.rules : this.rules.filter(rule => wanted.includes(rule.id))
    const start = query.pagination_token === undefined ? 0 : Number(/^PAGE0*(\d+)$/.exec(query.pagination_token)?.[1])
    if (Number.isNaN(start)) return invalidRequest('pagination_token', query.pagination_token ?? '')
    const page = rules.slice(start, start + Math.min(Number(query.max_results ?? 1000), this.options.pageRules ?? 1000))
    const end = start + page.length
    return {
      status: 200,
      body: {
        ...(page.length > 0 && { data: page }),
        meta: {
          sent,
          result_count: page.length,
          ...(end < rules.length && { next_token: `PAGE${String(end).padStart(12, '0')}` }),
        },
      },
    }
  }

  /** `POST /2/tweets/search/stream/rules` */
  change(request: WireRequest, sent: string): RuleAnswer {
    const isDry = request.query.dry_run === 'true'
    const { rules, nextId } = this
    const body = JSON.parse(request.body || '{}') as {
      add?: { value: string; tag?: string }[]
      delete?: { ids?: string[]; values?: string[] }
    }
    const unknown = (body.add ?? []).flatMap(Object.keys).find(key => key !== 'value' && key !== 'tag')
    if (unknown !== undefined) return invalidRequest('add', unknown)
    const change =
      request.query.delete_all === 'true'
        ? this.remove(() => true, this.rules.length, sent)
        : body.add !== undefined
          ? this.add(body.add, sent)
          : body.delete !== undefined
            ? this.removeNamed(body.delete, sent)
            : invalidRequest('body', request.body)
    if (isDry) {
      this.rules = rules
      this.nextId = nextId
    }
    return change
  }

  /** `GET /2/tweets/search/stream/rules/counts` */
  counts(sent: string): RuleAnswer {
    const written = (count: number) => (this.options.capsAsNumbers === true ? count : String(count))
    const count = this.rules.length
    return {
      status: 200,
      body: {
        data: {
          cap_per_client_app: written(this.appCap),
          cap_per_project: written(this.projectCap),
          client_app_rules_count: { client_app_id: '1001', rule_count: written(count) },
          project_rules_count: written(count + (this.options.otherProjectRules ?? 0)),
        },
        meta: { sent },
      },
    }
  }

  private get appCap(): number {
    return this.options.maxRules ?? 1000
  }

  private get projectCap(): number {
    return this.options.maxProjectRules ?? this.appCap + (this.options.otherProjectRules ?? 0)
  }

  private get isFull(): boolean {
    const inProject = this.rules.length + (this.options.otherProjectRules ?? 0)
    return this.rules.length >= this.appCap || inProject >= this.projectCap
  }

  private add(asked: readonly { value: string; tag?: string }[], sent: string): RuleAnswer {
    const created: DoubleRule[] = []
    const errors: Record<string, unknown>[] = []
    for (const { value, tag } of asked) {
      const standing = this.rules.find(rule => rule.value === value)
      const fault = ruleFault(value, this.options.maxChars ?? 1024)
      if (standing !== undefined) {
        errors.push({ value, id: standing.id, title: 'DuplicateRule', type: `${PROBLEMS}/duplicate-rules` })
      } else if (fault !== undefined) {
        errors.push({ value, details: [fault], title: 'UnprocessableEntity', type: `${PROBLEMS}/invalid-rules` })
      } else if (this.isFull) {
        errors.push({ value, title: 'RulesCapExceeded', detail: 'Rule cap exceeded.', type: `${PROBLEMS}/rule-cap` })
      } else {
        const rule = { id: String(this.nextId++), value, ...(tag !== undefined && { tag }) }
        created.push(rule)
        this.rules = [...this.rules, rule]
      }
    }
    const invalid = errors.filter(error => String(error.type).endsWith('/invalid-rules')).length
    return {
      status: this.options.addedStatus ?? 201,
      body: {
        ...(created.length > 0 && { data: created }),
        meta: {
          sent,
          summary: {
            created: created.length,
            not_created: errors.length,
            valid: asked.length - invalid,
            invalid,
          },
        },
        ...(errors.length > 0 && { errors }),
      },
    }
  }

  private removeNamed(named: { ids?: string[]; values?: string[] }, sent: string): RuleAnswer {
    const ids = named.ids ?? []
    const values = named.values ?? []
    return this.remove(rule => ids.includes(rule.id) || values.includes(rule.value), ids.length + values.length, sent)
  }

  /** Of what is not there X complains, and deletes the rest. */
  private remove(isMeant: (rule: DoubleRule) => boolean, asked: number, sent: string): RuleAnswer {
    const kept = this.rules.filter(rule => !isMeant(rule))
    const deleted = this.rules.length - kept.length
    this.rules = kept
    const complaint = {
      errors: [{ message: 'Rule does not exist', parameters: {} }],
      title: 'Invalid Request',
      detail: 'One or more parameters to your request was invalid.',
      type: `${PROBLEMS}/invalid-request`,
    }
    const errors = Array.from({ length: asked - deleted }, () => complaint)
    return {
      status: 200,
      body: {
        meta: { sent, summary: { deleted, not_deleted: asked - deleted } },
        ...(errors.length > 0 && { errors }),
      },
    }
  }
}

function invalidRequest(parameter: string, value: string): RuleAnswer {
  return {
    status: 400,
    body: {
      errors: [{ parameters: { [parameter]: [value] }, message: `The ${parameter} [${value}] is not valid` }],
      title: 'Invalid Request',
      detail: 'One or more parameters to your request was invalid.',
      type: `${PROBLEMS}/invalid-request`,
    },
  }
}
