/** Where one is, who one is, and how one wants to see it. */

import { useQueryClient } from '@tanstack/react-query';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { callSession } from '../data/call.ts';
import { sessionKey } from '../data/query-client.ts';
import { Icon } from '../parts/text/icon.tsx';
import { LanguageChoice, ThemeChoice } from './choices.tsx';
import { useWords } from './language.tsx';
import { useSession } from './session.tsx';

export function Masthead() {
  const words = useWords();
  const { place } = useSession();
  return (
    <header className="masthead">
      <span className="masthead-product">Dankai</span>
      <span className="masthead-place">
        {words.text(`tier.${place.tier}`)} <strong>{place.name}</strong>
        {place.organisation === null ? null : (
          <span className="quiet"> · {place.organisation}</span>
        )}
      </span>
      <span className="masthead-space" />
      <LanguageChoice />
      <ThemeChoice />
      <Viewer />
    </header>
  );
}

function Viewer() {
  const words = useWords();
  const queries = useQueryClient();
  const { viewer } = useSession();
  const signOut = async (): Promise<void> => {
    await callSession('session.end', {});
    queries.clear();
    await queries.invalidateQueries({ queryKey: sessionKey });
    window.location.assign('/');
  };
  return (
    <MenuTrigger>
      <Button className="button" data-look="plain">
        <Icon name="people" />
        {viewer.name}
        <span className="quiet">{words.text(`role.${viewer.role}`)}</span>
        <Icon name="down" />
      </Button>
      <Popover className="popover">
        <Menu className="menu" aria-label={viewer.name}>
          <MenuItem className="menu-item" onAction={() => void signOut()}>
            {words.text('session.signOut')}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
