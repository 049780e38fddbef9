/** What stands around every page: the rail on the left, who and where above. */

import { Link, Outlet } from '@tanstack/react-router';
import { useWords } from './language.tsx';
import { Masthead } from './masthead.tsx';
import { navigation } from './navigation.ts';
import { SignedIn, useSession } from './session.tsx';
import { SignInPage } from '../pages/sign-in/sign-in-page.tsx';
import { Icon } from '../parts/text/icon.tsx';

export function Shell() {
  return (
    <SignedIn otherwise={<SignInPage />}>
      <Frame />
    </SignedIn>
  );
}

function Frame() {
  const words = useWords();
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {words.text('navigation.skip')}
      </a>
      <Masthead />
      <Rail />
      <Outlet />
    </div>
  );
}

function Rail() {
  const words = useWords();
  const { place } = useSession();
  return (
    <nav className="rail" aria-label={words.text('navigation.label')}>
      <ul>
        {navigation
          .filter(({ tiers }) => tiers.includes(place.tier))
          .map(({ to, text, icon }) => (
            <li key={to}>
              <Link to={to} className="rail-link" activeProps={{ 'aria-current': 'page' }}>
                <Icon name={icon} />
                {words.text(text)}
              </Link>
            </li>
          ))}
      </ul>
    </nav>
  );
}
