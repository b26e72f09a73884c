import { describe, expect, it } from 'vitest'
import { readRuleCounts, readTweetUsage } from '../../../src/lib/domain/x/account.ts'

describe('what X says of an account', () => {
  it.each([
    [
      { cap_per_client_app: '1000', cap_per_project: '1000', client_app_rules_count: { rule_count: '3' } },
      { cap: 1000, standing: 3 },
    ],
    [
      { cap_per_client_app: 5, cap_per_project: 15 },
      { cap: 5, standing: undefined },
    ],
    [{ cap_per_project: '15' }, { cap: 15, standing: undefined }],
    [{ cap_per_client_app: 'many' }, undefined],
  ])('has the room for rules in numbers and in texts: %o', (data, counts) => {
    expect(readRuleCounts({ data })).toEqual(counts)
  })

  it.each([
    [
      { project_cap: '3000000', project_usage: '45120', cap_reset_day: 12 },
      { cap: 3_000_000, used: 45_120, daysLeft: 12 },
    ],
    [
      { project_cap: 10, project_usage: 0 },
      { cap: 10, used: 0, daysLeft: undefined },
    ],
    [{ project_cap: '10' }, undefined],
    [{ project_cap: '10', project_usage: '-1' }, undefined],
  ])('has the tweets of the month: %o', (data, usage) => expect(readTweetUsage({ data })).toEqual(usage))

  it('is nothing where the body is none of X’s', () => {
    for (const body of [undefined, null, 'text', [], { data: null }, { data: 'text' }]) {
      expect(readRuleCounts(body)).toBeUndefined()
      expect(readTweetUsage(body)).toBeUndefined()
    }
  })
})
