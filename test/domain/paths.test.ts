import { describe, expect, it } from 'vitest'
import { parseHour } from '../../src/lib/domain/hour.ts'
import {
  dailyPath,
  dimDatePath,
  hourlyPath,
  hourOfManifest,
  hourOfPath,
  layer1Path,
  manifestPath,
  rejectedByHourPath,
} from '../../src/lib/domain/paths.ts'

const hour = parseHour('2024-10-10T10')

describe('paths of a lake', () => {
  it('are as the format says', () => {
    expect(layer1Path(hour, 's1')).toBe('layer1/tweets/utc_date=2024-10-10/utc_hour=10/s1.parquet')
    expect(hourlyPath('fact_tweet', hour)).toBe('layer2/fact_tweet/utc_date=2024-10-10/utc_hour=10/part-0.parquet')
    expect(dailyPath('agg_hashtag_hour', '2024-10-10')).toBe(
      'layer2/agg_hashtag_hour/utc_date=2024-10-10/part-0.parquet',
    )
    expect(dimDatePath(2024)).toBe('layer2/dim_date/year=2024/part-0.parquet')
    expect(rejectedByHourPath(hour)).toBe('layer1/rejected/consolidate-2024-10-10T10.parquet')
    expect(manifestPath(hour)).toBe('layer2/_twdw/hours/2024-10-10T10.json')
  })

  it('give their hour back', () => {
    expect(hourOfPath(layer1Path(hour, 's1'))).toBe(hour)
    expect(hourOfPath(hourlyPath('dim_place', hour))).toBe(hour)
    expect(hourOfPath(dailyPath('agg_hashtag_hour', '2024-10-10'))).toBeUndefined()
    expect(hourOfManifest(manifestPath(hour))).toBe(hour)
    expect(hourOfManifest('layer2/_twdw/hours/x.json')).toBeUndefined()
  })
})
