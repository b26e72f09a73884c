/** Answers of several statements, one below the other: for people only, for data of two shapes are no data. */
import type { Table } from 'apache-arrow'
import { TwdwError } from '../../errors.ts'
import type { AnswerFacts } from './notes.ts'
import { type RenderedAnswer, type Rendering, renderAnswer } from './rendering.ts'

/** What is known and shown of one answer. */
interface Answered {
  table: Table
  facts: AnswerFacts
}

/** @throws TwdwError E_USAGE for none, for several in a form for programs, and as `renderAnswer` */
export function renderAnswers(answers: readonly Answered[], rendering: Rendering): RenderedAnswer {
  const { form } = rendering
  if (form !== 'table' && form !== 'chart') onlyAnswer(answers, form)
  if (answers.length === 0) throw noAnswer()
  const rendered = answers.map(({ table, facts }) => renderAnswer(table, facts, rendering))
  return { pieces: oneBelowTheOther(rendered), asides: rendered.flatMap(({ asides }) => asides) }
}

/** @param form that has room for one. @throws TwdwError E_USAGE for none and for several */
export function onlyAnswer(answers: readonly Answered[], form: string): Answered {
  const [only] = answers
  if (only === undefined) throw noAnswer()
  if (answers.length === 1) return only
  throw new TwdwError('E_USAGE', `the SQL gives ${answers.length} answers, and ${form} has room for one`, {
    hint: 'leave one SELECT in it, or give --format table, which prints them all',
  })
}

/** For whoever waits for an answer of SQL that has none. */
export function noAnswer(): TwdwError {
  return new TwdwError('E_USAGE', 'no statement of the SQL gives an answer', { hint: 'end it with a SELECT' })
}

function* oneBelowTheOther(rendered: readonly RenderedAnswer[]): Generator<RenderedPiece> {
  for (const [i, { pieces }] of rendered.entries()) {
    if (i > 0) yield '\n'
    yield* pieces
  }
}

type RenderedPiece = RenderedAnswer['pieces'] extends Iterable<infer Piece> ? Piece : never
