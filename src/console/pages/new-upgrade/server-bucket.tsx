/** Servers of one group, or of none: they are chosen, dragged elsewhere, or sent by a menu. */

import { useState } from 'react';
import {
  Button,
  GridList,
  GridListItem,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
  useDragAndDrop,
  type DropItem,
  type Selection,
} from 'react-aria-components';
import { useWords } from '../../app/language.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { Icon } from '../../parts/text/icon.tsx';

type Props = {
  readonly title: string;
  readonly note?: string | null;
  readonly servers: readonly string[];
  /** Where they can be sent to besides. */
  readonly groups: readonly string[];
  readonly search?: { readonly value: string; onChange(value: string): void };
  /** Servers came here from elsewhere. */
  onMove(servers: readonly string[]): void;
  onSend(servers: readonly string[], to: string | null): void;
  onRemove?: (() => void) | undefined;
};

const shownMax = 200;
const kind = 'dankai-server';

export function ServerBucket(props: Props) {
  const { title, note = null, servers, groups, search, onMove, onSend, onRemove } = props;
  const words = useWords();
  const [chosen, setChosen] = useState<Selection>(new Set());
  const shown = servers.slice(0, shownMax);
  const picked = chosen === 'all' ? servers : servers.filter((server) => chosen.has(server));
  const send = (to: string | null): void => {
    onSend(picked, to);
    setChosen(new Set());
  };
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) =>
      [...keys].map((key) => ({ [kind]: String(key), 'text/plain': String(key) })),
    acceptedDragTypes: [kind],
    getDropOperation: () => 'move',
    onRootDrop: ({ items }) => {
      void namesOf(items).then(onMove);
    },
  });
  return (
    <section className="bucket" aria-label={title}>
      <div className="bucket-head">
        <h3>{title}</h3>
        <span className="quiet">{servers.length.toLocaleString(words.language)}</span>
        {onRemove === undefined ? null : (
          <button
            type="button"
            className="button"
            data-look="small"
            aria-label={words.text('plan.removeGroup', { group: title })}
            onClick={onRemove}
          >
            <Icon name="close" />
          </button>
        )}
      </div>
      {note === null ? null : <p className="quiet">{note}</p>}
      {search === undefined ? null : (
        <TextEntry label={words.text('plan.search')} type="search" {...search} />
      )}
      <GridList
        className="bucket-list"
        aria-label={title}
        items={shown.map((server) => ({ id: server }))}
        selectionMode="multiple"
        selectedKeys={chosen}
        onSelectionChange={setChosen}
        dragAndDropHooks={dragAndDropHooks}
        renderEmptyState={() => <p className="quiet">{words.text('plan.dropHere')}</p>}
      >
        {({ id }) => (
          <GridListItem className="bucket-item" textValue={id}>
            <Button slot="drag" className="bucket-handle">
              ⠿
            </Button>
            {id}
          </GridListItem>
        )}
      </GridList>
      {servers.length > shown.length ? (
        <p className="quiet">
          {words.text('fleet.andMore', { servers: servers.length - shown.length })}
        </p>
      ) : null}
      <MenuTrigger>
        <Button className="button" data-look="small" isDisabled={picked.length === 0}>
          {words.text('plan.moveTo', { servers: picked.length })}
          <Icon name="down" />
        </Button>
        <Popover className="popover">
          <Menu className="menu" aria-label={words.text('plan.moveTo', { servers: picked.length })}>
            {groups.map((group) => (
              <MenuItem className="menu-item" key={group} onAction={() => send(group)}>
                {words.text('upgrades.group', { group })}
              </MenuItem>
            ))}
            <MenuItem className="menu-item" onAction={() => send(null)}>
              {words.text('plan.inNoGroup')}
            </MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
    </section>
  );
}

async function namesOf(items: readonly DropItem[]): Promise<readonly string[]> {
  const texts = items.map(async (item) => (item.kind === 'text' ? item.getText(kind) : ''));
  return (await Promise.all(texts)).filter((name) => name !== '');
}
