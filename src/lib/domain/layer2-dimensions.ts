/**
 * What the tweets of layer2 refer to: authors, places, spellings, days and languages.
 *
 * Authors, places and spellings are as the tweets of one hour brought them along; the views over them (`dim_user`, `place`, `hashtag`)
 * make one thing of a thing that many hours describe.
 */
import { Bool, DateDay, Float64, Int32, Int64, Utf8 } from 'apache-arrow'
import { instant } from './layer1.ts'
import { optional, required, shapeOf } from './table-shape.ts'

const profile = (name: string, type: Utf8 | Bool, is: string) =>
  optional(name, type, { is, from: `layer1 \`user_${name}\``, null: 'the profile does not say' })

const profileCount = (name: string, unit: string) =>
  optional(name, new Int64(), {
    is: `${unit}, when the profile was captured`,
    from: `layer1 \`user_${name}\``,
    unit,
    null: 'the profile does not say; 0 is a count of none',
  })

/** The latest profile of each author seen in the hour. `dim_user` is a view over it. */
export const DIM_USER_SNAPSHOT = shapeOf({
  row: 'UTC hour and author of whom a profile came: the latest one of the hour. An author without a profile has none',
  columns: [
    required('user_id', new Int64(), { is: 'id of the user', from: 'layer1 `author_id`' }),
    profile('username', new Utf8(), 'name that is written with `@`; it may change, and be taken by another'),
    profile('name', new Utf8(), 'name that is shown'),
    profile('description', new Utf8(), 'what the user says of themself'),
    profile('location', new Utf8(), 'where the user says that they are, in any words'),
    profile('verified', new Bool(), 'X has verified the account'),
    profile('verified_type', new Utf8(), '`blue`, `business`, `government` or `none`'),
    profile('protected', new Bool(), 'only followers see its tweets'),
    optional('created_at', instant(), {
      is: 'when the account was made',
      from: 'layer1 `user_created_at`',
      null: 'the profile does not say',
    }),
    profileCount('followers', 'followers'),
    profileCount('following', 'accounts followed'),
    profileCount('tweets', 'tweets'),
    profileCount('listed', 'lists'),
    required('observed_at', instant(), { is: 'when the profile was captured', from: 'layer1 `captured_at`' }),
  ],
  sortedBy: ['user_id'],
  repeating: ['verified', 'verified_type', 'protected'],
})

const described = (name: string, is: string) =>
  optional(name, new Utf8(), { is, from: `layer1 \`place_${name}\``, null: 'X did not say' })

/** The places seen in the hour, as described by the latest tweet that names them. */
export const DIM_PLACE = shapeOf({
  row: 'UTC hour and place that a tweet described, as the latest of the hour did. A place without a description has none',
  columns: [
    required('place_id', new Utf8(), { is: 'id of the place', from: 'layer1 `place_id`' }),
    described('full_name', 'name with what it lies in: `Rio de Janeiro, Brazil`'),
    described('name', 'short name'),
    described('place_type', '`country`, `admin`, `city`, `neighborhood` or `poi`'),
    described('country', 'name of the country'),
    described('country_code', 'ISO 3166-1, two letters'),
    required('observed_at', instant(), { is: 'when the tweet was captured', from: 'layer1 `captured_at`' }),
  ],
  sortedBy: ['place_id'],
  repeating: ['place_type', 'country', 'country_code'],
})

/** The spellings of each tag in the hour; first seen and most used spelling follow from it over any span. */
export const DIM_HASHTAG = shapeOf({
  row: 'UTC hour, tag and spelling of it',
  columns: [
    required('tag', new Utf8(), { is: 'hashtag, folded as in `bridge_tweet_hashtag`', from: 'layer1 `hashtags`' }),
    required('spelling', new Utf8(), { is: 'as written', from: 'layer1 `hashtags`' }),
    required('tweets', new Int64(), {
      is: 'latest versions that spell it so first; 0 where only versions before them do',
      from: 'rows of the bridge',
      unit: 'tweets',
    }),
    required('first_seen_at', instant(), {
      is: '`created_at` of the earliest tweet or version that spells it so',
      from: 'fact and bridge',
    }),
  ],
  sortedBy: ['tag', 'spelling'],
  repeating: [], // few tags have many spellings: sorted, they compress to less than the numbers of a dictionary
})

export const DIM_DATE = shapeOf({
  row: 'day that there was in the zone of the lake, of each local year that has tweets',
  columns: [
    required('local_date', new DateDay(), { is: 'the day', from: 'the calendar' }),
    required('year', new Int32(), { is: 'its year', from: '`local_date`' }),
    required('month', new Int32(), { is: '1 to 12', from: '`local_date`' }),
    required('day', new Int32(), { is: 'of the month, 1 to 31', from: '`local_date`' }),
    required('iso_year', new Int32(), { is: 'year of the ISO 8601 week: that of its Thursday', from: '`local_date`' }),
    required('iso_week', new Int32(), { is: '1 to 53', from: '`local_date`' }),
    required('weekday', new Int32(), { is: '1 = Monday to 7 = Sunday', from: '`local_date`' }),
    required('weekday_name', new Utf8(), { is: 'in English', from: '`weekday`' }),
    required('is_weekend', new Bool(), { is: 'Saturday or Sunday', from: '`weekday`' }),
    required('day_start', instant(), {
      is: "when the day began in the lake's zone",
      from: '`local_date`, and that zone',
    }),
    required('hours', new Float64(), {
      is: 'its length: 23 or 25 where summer time begins or ends',
      from: '`day_start` of this day and the next',
      unit: 'hours',
    }),
    optional('holiday', new Utf8(), {
      is: "Brazil's national holiday, its name in Portuguese",
      from: 'the law, by rule',
      null: 'the day is none',
    }),
  ],
  sortedBy: ['local_date'],
  repeating: ['year', 'month', 'iso_year', 'iso_week', 'weekday', 'weekday_name', 'hours', 'holiday'],
})

export const DIM_LANG = shapeOf({
  row: 'language code that twdw knows; X may send others, which are in the view `language`',
  columns: [
    required('lang', new Utf8(), {
      is: 'as X writes it: BCP 47 with legacy `in`, `iw`, and specials such as `qme`',
      from: 'a list in twdw',
    }),
    required('name', new Utf8(), { is: 'in English', from: 'a list in twdw' }),
    required('is_language', new Bool(), { is: 'false for `und`, `qme`, `zxx` and their like', from: 'a list in twdw' }),
  ],
  sortedBy: ['lang'],
  repeating: [],
})
