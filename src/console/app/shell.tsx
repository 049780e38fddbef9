/** What stands around every page: the rail on the left, who and where above. */

import { Link, Outlet, useRouteContext } from '@tanstack/react-router';
import { Live } from '../data/live.tsx';
import { useWords } from './language.tsx';
import { LiveNotice } from './live-notice.tsx';
import { Masthead } from './masthead.tsx';
import { navigation } from './navigation.ts';
import { SignedIn, useSession } from './session.tsx';
import { SignInPage } from '../pages/sign-in/sign-in-page.tsx';
import { Toasts } from '../parts/action/toasts.tsx';
import { Icon } from '../parts/text/icon.tsx';

export function Shell() {
  const { linkRefusal } = useRouteContext({ from: '__root__' });
  return (
    <SignedIn otherwise={<SignInPage refusal={linkRefusal} />}>
      <Live>
        <Toasts>
          <Frame />
        </Toasts>
      </Live>
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
      <div className="shell-page">
        <LiveNotice />
        <Outlet />
      </div>
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
