/** A 'no' as the server said it: the sentence, what to do, and the code to look it up by. */

import { Button } from 'react-aria-components';
import { kindOf, type Problem } from '#domain/problem.ts';
import { useWords } from '../../app/language.tsx';
import { Remedy } from './remedy.tsx';

type Props = { readonly because: Problem; readonly again?: (() => void) | undefined };

export function Refusal({ because, again }: Props) {
  const words = useWords();
  const { sentence, remedy } = words.problem(because);
  const isRight = kindOf(because) === 'forbidden';
  return (
    <div className="notice" data-kind={isRight ? 'forbidden' : 'error'} role="alert">
      <p className="notice-title">{isRight ? words.text('state.forbidden') : sentence}</p>
      <div className="notice-text">
        {isRight ? <p>{sentence}</p> : null}
        <Remedy text={remedy} />
        <p className="quiet">
          <code>{because.code}</code>
        </p>
        {again === undefined || isRight ? null : (
          <Button className="button" onPress={again}>
            {words.text('action.again')}
          </Button>
        )}
      </div>
    </div>
  );
}
