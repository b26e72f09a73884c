/** Answers of several statements, one below the other: for people only, for data of two shapes are no data. */
import type { Table } from 'apache-arrow'
import { TwdwError } from '../../errors.ts'
import type { AnswerFacts } from './notes.ts'
import { type RenderedAnswer, type Rendering, renderAnswer } from './rendering.ts'

/** @throws TwdwError E_USAGE for none, for several in a form for programs, and as `renderAnswer` */
export function renderAnswers(
  answers: readonly { table: Table; facts: AnswerFacts }[],
  rendering: Rendering,
): RenderedAnswer {
  const { form } = rendering
  if (answers.length === 0) throw noAnswer()
  if (answers.length > 1 && form !== 'table' && form !== 'chart') {
    throw new TwdwError('E_USAGE', `the SQL gives ${answers.length} answers, and ${form} has room for one`, {
      hint: 'leave one SELECT in it, or give --format table, which prints them all',
    })
  }
  const rendered = answers.map(({ table, facts }) => renderAnswer(table, facts, rendering))
  return { pieces: oneBelowTheOther(rendered), asides: rendered.flatMap(({ asides }) => asides) }
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
