/** The double's account of tweets read: `GET /2/usage/tweets`, in X's shape, where numbers are texts. */

export interface DoubleUsage {
  cap: number
  used: number
  /** days until the count starts anew */
  resetDay: number
}

const FIELDS = [
  'cap_reset_day',
  'daily_client_app_usage',
  'daily_project_usage',
  'project_cap',
  'project_id',
  'project_usage',
]
const DEFAULT_FIELDS = ['cap_reset_day', 'project_cap', 'project_id', 'project_usage']

export function tweetUsage(
  { cap, used, resetDay }: DoubleUsage,
  query: Readonly<Record<string, string>>,
  nowMs: number,
): { status: number; body: Record<string, unknown> } {
  const fields = query['usage.fields']?.split(',') ?? DEFAULT_FIELDS
  const unknown = fields.find(field => !FIELDS.includes(field))
  if (unknown !== undefined) return invalid('usage.fields', unknown, `is not one of [${FIELDS.join(',')}]`)
  const days = Number(query.days ?? 7)
  if (!(days >= 1 && days <= 90)) return invalid('days', query.days ?? '', 'is not between 1 and 90')
  const usage = [{ date: `${new Date(nowMs).toISOString().slice(0, 10)}T00:00:00.000Z`, usage: String(used) }]
  const all: Record<string, unknown> = {
    cap_reset_day: resetDay,
    daily_client_app_usage: [{ client_app_id: '1001', usage, usage_result_count: usage.length }],
    daily_project_usage: { project_id: '2001', usage },
    project_cap: String(cap),
    project_id: '2001',
    project_usage: String(used),
  }
  return { status: 200, body: { data: Object.fromEntries(fields.map(field => [field, all[field]])) } }
}

function invalid(parameter: string, value: string, fault: string) {
  return {
    status: 400,
    body: {
      errors: [
        {
          parameters: { [parameter]: [value] },
          message: `The \`${parameter}\` query parameter value [${value}] ${fault}`,
        },
      ],
      title: 'Invalid Request',
      detail: 'One or more parameters to your request was invalid.',
      type: 'https://api.x.com/2/problems/invalid-request',
    },
  }
}
