/**
 * The columns that SQL sees, view by view, each with what it means.
 *
 * A view over files has the columns of its table and maybe a weekday; one over other views has its own, which are told here. The engine
 * is asked whether all of them are there, and what their types are, by scripts/docs.ts and by test/scripts/data-model.test.ts.
 */
import type { DataType } from 'apache-arrow'
import { LAYER1_COLUMNS, REJECTED_COLUMNS } from '../layer1.ts'
import { LAYER2 } from '../layer2.ts'
import type { Column, Meaning } from '../table-shape.ts'
import { type BaseView, DERIVED_VIEWS, type DerivedView, type ViewName } from './views.ts'

export interface ViewColumn {
  name: string
  meaning: Meaning
  /** as the files have it; undefined for what only the view has */
  type: DataType | undefined
}

export interface ViewShape {
  /** what one row is for, as a clause in Markdown */
  row: string
  /** in the order of the view */
  columns: readonly ViewColumn[]
}

export function viewShapeOf(view: ViewName): ViewShape {
  if (isDerived(view)) {
    const { row, columns } = DERIVED[view]
    return {
      row,
      columns: Object.entries(columns).map(([name, meaning]) => ({ name, meaning, type: undefined })),
    }
  }
  const { row, columns } = baseShapeOf(view)
  const ofFile = columns.map(({ field, meaning }) => ({ name: field.name, meaning, type: field.type as DataType }))
  const isDated = view !== 'dim_date' && ofFile.some(({ name }) => name === 'local_date')
  return { row, columns: [...ofFile, ...(isDated ? [LOCAL_WEEKDAY] : [])] }
}

function isDerived(view: ViewName): view is DerivedView {
  return DERIVED_VIEWS.some(derived => derived === view)
}

function baseShapeOf(view: BaseView): { row: string; columns: readonly Column[] } {
  if (view === 'layer1_tweets') {
    return {
      row: 'delivery of a tweet: one that came twice, or from two sources, is there twice',
      columns: LAYER1_COLUMNS,
    }
  }
  if (view === 'layer1_rejected') {
    return {
      row: 'line, or part of a page, that held no tweet or a tweet that could not be cast',
      columns: REJECTED_COLUMNS,
    }
  }
  return LAYER2[view]
}

const LOCAL_WEEKDAY: ViewColumn = {
  name: 'local_weekday',
  meaning: { is: 'weekday of `local_date`: 1 = Monday to 7 = Sunday', from: 'computed by the view' },
  type: undefined,
}

/** The columns of a table under their own names. @param orNull the other reason for null */
function columnsOf(
  table: 'dim_user_snapshot' | 'dim_place',
  names: readonly string[],
  orNull: string,
): Record<string, Meaning> {
  const all = new Map(LAYER2[table].columns.map(({ field, meaning }) => [field.name, meaning]))
  return Object.fromEntries(
    names.map(name => {
      const { null: whenNull, ...meaning } = all.get(name)!
      const from = `\`${table}.${name}\``
      return [name, { ...meaning, from, null: whenNull === undefined ? orNull : `${whenNull}, or ${orNull}` }]
    }),
  )
}

const PROFILE = ['username', 'name', 'description', 'location', 'verified', 'verified_type', 'protected', 'created_at']
const PROFILE_COUNTS = ['followers', 'following', 'tweets', 'listed']
const PLACE = ['full_name', 'name', 'place_type', 'country', 'country_code', 'observed_at']
const INFERRED = '`is_inferred`'

const inferred = (what: string): Meaning => ({
  is: `a tweet names the ${what}, and nothing describes it: no more is known`,
  from: 'computed',
})

const DERIVED: Record<DerivedView, { row: string; columns: Record<string, Meaning> }> = {
  dim_user: {
    row: 'user and version of the profile. `user_id` and `valid_from` are a key; every `author_id` of the fact has a row',
    columns: {
      user_id: { is: 'id of the user', from: '`dim_user_snapshot.user_id`, `fact_tweet.author_id`' },
      ...columnsOf('dim_user_snapshot', PROFILE, INFERRED),
      ...columnsOf('dim_user_snapshot', PROFILE_COUNTS, INFERRED),
      valid_from: {
        is: 'when this version was captured first; of the first version that of the first tweet of the user, if earlier',
        from: '`observed_at`, `fact_tweet.first_captured_at`',
      },
      valid_to: {
        is: 'when the next version was captured first: up to then, and not then',
        from: '`valid_from` of the next version',
        null: 'it is the current one',
      },
      is_current: { is: 'there is no later version', from: '`valid_to` is null' },
      is_inferred: inferred('user'),
    },
  },
  hashtag: {
    row: 'tag of `bridge_tweet_hashtag`',
    columns: {
      tag: { is: 'hashtag, folded', from: '`dim_hashtag.tag`' },
      spelling: {
        is: 'the spelling that most tweets have; of equals the first by its bytes',
        from: '`dim_hashtag.spelling`',
      },
      tweets: {
        is: 'tweets with it in any spelling, as latest versions; 0 where only versions before them have it',
        from: 'sum of `dim_hashtag.tweets`',
        unit: 'tweets',
      },
      spellings: { is: 'how many spellings it has', from: 'count of `dim_hashtag.spelling`', unit: 'spellings' },
      first_seen_at: {
        is: '`created_at` of the earliest tweet or version with it',
        from: 'least `dim_hashtag.first_seen_at`',
      },
    },
  },
  place: {
    row: 'place that a tweet named or described, as it was described last',
    columns: {
      place_id: { is: 'id of the place', from: '`dim_place.place_id`, `fact_tweet.place_id`' },
      ...columnsOf('dim_place', PLACE, INFERRED),
      is_inferred: inferred('place'),
    },
  },
  language: {
    row: 'language code of `dim_lang`, and any other that the fact has',
    columns: {
      lang: { is: 'as X writes it', from: '`dim_lang.lang`, `fact_tweet.lang`' },
      name: { is: 'in English; of a code that twdw does not know the code itself', from: '`dim_lang.name`' },
      is_language: {
        is: 'false for `und`, `qme`, `zxx` and their like',
        from: '`dim_lang.is_language`',
        null: INFERRED,
      },
      is_inferred: inferred('code'),
    },
  },
}
