/** The rules of the double's one app, with X's manners: one rule a text, judged one by one, pages of at most 1,000. */
import type { WireRequest } from './wire.ts'

export interface DoubleRule {
  id: string
  value: string
  tag?: string
}

export interface RuleBookOptions {
  rules?: readonly DoubleRule[]
  maxRules?: number
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
  clear(): void {
    this.rules = []
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
    const before = this.rules
    const body = JSON.parse(request.body || '{}') as {
      add?: { value: string; tag?: string }[]
      delete?: { ids?: string[]; values?: string[] }
    }
    const change =
      request.query.delete_all === 'true'
        ? this.remove(() => true, this.rules.length, sent)
        : body.add !== undefined
          ? this.add(body.add, sent)
          : body.delete !== undefined
            ? this.removeNamed(body.delete, sent)
            : invalidRequest('body', request.body)
    if (isDry) this.rules = before
    return change
  }

  /** `GET /2/tweets/search/stream/rules/counts` */
  counts(sent: string): RuleAnswer {
    const cap = String(this.options.maxRules ?? 1000)
    const count = String(this.rules.length)
    return {
      status: 200,
      body: {
        data: {
          cap_per_client_app: cap,
          cap_per_project: cap,
          client_app_rules_count: { client_app_id: '1001', rule_count: count },
          project_rules_count: count,
        },
        meta: { sent },
      },
    }
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
      } else if (this.rules.length >= (this.options.maxRules ?? 1000)) {
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

  private remove(isMeant: (rule: DoubleRule) => boolean, asked: number, sent: string): RuleAnswer {
    const kept = this.rules.filter(rule => !isMeant(rule))
    const deleted = this.rules.length - kept.length
    this.rules = kept
    return { status: 200, body: { meta: { sent, summary: { deleted, not_deleted: asked - deleted } } } }
  }
}

/** The faults that tests provoke; X knows many more. */
function ruleFault(value: string, maxChars: number): string | undefined {
  if (value.length > maxChars) return `Rule is too long: ${value.length} characters, at most ${maxChars}`
  if (/^-?(lang|is|has|sample):\S+$/.test(value)) return `Reference to '${value}' cannot stand alone (at position 1)`
  return /\b(?:AND|bogus:\S+)/.test(value) ? "no viable alternative at character ':' (at position 6)" : undefined
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
