/** An address that leads nowhere. */

import { Link } from '@tanstack/react-router';
import { useWords } from '../app/language.tsx';
import { Page } from '../parts/page/page.tsx';
import { Empty } from '../parts/state/empty.tsx';

export function NotFound() {
  const words = useWords();
  return (
    <Page title={words.text('notFound.title')}>
      <Empty title={words.text('notFound.sentence')}>
        <Link to="/fleet">{words.text('navigation.fleet')}</Link>
      </Empty>
    </Page>
  );
}
