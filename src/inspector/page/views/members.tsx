/** Members, newest first, or those whose name was asked for. */
import type { MembersAnswer } from '../../api-types.ts';
import { address, go, linkWith } from '../browser/address.ts';
import { link } from '../browser/link.ts';
import { Icon } from '../parts/icons.tsx';
import { Panel } from '../parts/panel.tsx';
import { Table } from '../parts/table.tsx';
import { Foreign, Id } from '../parts/text.tsx';
import { useResource } from '../state/resource.ts';
import { MemberView } from './member-view.tsx';
import { Older } from './older.tsx';

export function Members() {
  const { path } = address.value;
  return path[1] === undefined ? <MemberList /> : <MemberView key={path[1]} id={path[1]} />;
}

function MemberList() {
  const { query } = address.value;
  const q = query.get('q');
  const { value, error } = useResource<MembersAnswer>(
    ['members'],
    { q, cursor: query.get('cursor'), limit: 100 },
    true,
  );
  return (
    <main class="page" id="main" tabIndex={-1}>
      <div class="title">
        <h1>Members</h1>
        <label class="search narrow">
          <Icon name="search" />
          <span class="hidden">Find a member</span>
          <input
            type="search"
            placeholder="e-mail, member, user, workspace…"
            value={q ?? ''}
            onInput={(event) => go(linkWith({ q: event.currentTarget.value.trim(), cursor: null }), 'replace')}
          />
        </label>
      </div>
      {error !== null && <p class="note">{error.message}</p>}
      {value !== null && value.items.length === 0 && (
        <p class="note">
          {q === null ? 'No member yet: the first sign-in of a user makes one.' : 'No member has this name.'}
        </p>
      )}
      {value !== null && value.items.length > 0 && (
        <Panel title="Newest first">
          <Table
            caption="Members"
            rows={value.items}
            idOf={({ id }) => id}
            columns={[
              {
                name: 'e-mail',
                cell: ({ id, email }) => (
                  <a href={link(['members', id])}>
                    <Foreign text={email} />
                  </a>
                ),
              },
              { name: 'member', cell: ({ id }) => <Id id={id} href={link(['members', id])} room={30} /> },
              { name: 'user', cell: ({ workos_user_id }) => <Id id={workos_user_id} room={31} /> },
              { name: 'since', cell: ({ created_at }) => <span class="mono">{short(created_at)}</span> },
              { name: 'last seen', cell: ({ last_seen_at }) => <span class="mono">{short(last_seen_at)}</span> },
            ]}
          />
          <Older cursor={value.page_info.next_cursor} />
        </Panel>
      )}
    </main>
  );
}

function short(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}
