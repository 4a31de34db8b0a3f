/** One member: its facts, its story, its callbacks. */
import type { ComponentChildren } from 'preact';
import { isoTime } from '../../../machine/values/time.ts';
import type { CallbackRow, MemberAnswer } from '../../api-types.ts';
import { now } from '../browser/clock.ts';
import { link } from '../browser/link.ts';
import { Moment, OUTCOME, REQUEST, TOOK } from '../parts/cells.tsx';
import { CopyMenu } from '../parts/copy-menu.tsx';
import { Panel } from '../parts/panel.tsx';
import { counted } from '../parts/short.ts';
import { Table } from '../parts/table.tsx';
import { Foreign, Id } from '../parts/text.tsx';
import { StoryPicture } from '../pictures/story.tsx';
import { useResource } from '../state/resource.ts';
import { recordLink } from './around-panel.tsx';
import { NotThere } from './not-found.tsx';

export function MemberView({ id }: { readonly id: string }) {
  const { value, error } = useResource<MemberAnswer>(['members', id], {}, true);
  return (
    <main class="page" id="main" tabIndex={-1}>
      <p class="crumbs">
        <a href={link(['members'])}>Members</a>
      </p>
      {error !== null && <NotThere error={error} page="members" />}
      {value !== null && <Shown member={value} />}
    </main>
  );
}

function Shown({ member }: { readonly member: MemberAnswer }) {
  const { workspace, workspace_member: head, api_keys, callbacks, sessions, records, claimed_callbacks } = member;
  const name = head.email;
  const items = [
    { name: 'link', text: location.origin + link(['members', head.id]) },
    { name: 'inspect command', text: `agent-paste inspect member ${head.id}` },
    { name: 'JSON', text: JSON.stringify(member, null, 2) },
  ];
  return (
    <>
      <div class="title">
        <h1>
          <Foreign text={name} />
        </h1>
        <a class="button" href={link(['replay'], { email: head.email })}>
          Sign in again…
        </a>
        <CopyMenu items={items} />
      </div>
      <dl class="facts">
        <Fact name="member">
          <Id id={head.id} room={32} />
        </Fact>
        <Fact name="user">
          <Id id={head.workos_user_id} room={32} />
        </Fact>
        <Fact name="workspace">
          <Foreign text={workspace.name} /> <Id id={workspace.id} />
        </Fact>
        <Fact name="since">{moment(head.created_at)}</Fact>
        <Fact name="last seen">{moment(head.last_seen_at)}</Fact>
        {api_keys.map((key) => (
          <Fact key={key.id} name={key.revoked ? 'revoked key' : 'key'}>
            <span class="mono">{`ap_pk_preview_${key.public_id}_…`}</span>
          </Fact>
        ))}
      </dl>
      <Panel
        title="Story"
        note={`${counted(callbacks.length, 'callback')} in ${counted(sessions.length, 'session')}, ${counted(records.length, 'record')}, ${counted(api_keys.length, 'key')} · long idle times are folded`}
      >
        <StoryPicture member={member} now={now()} />
      </Panel>
      <Panel title="Callbacks" note={member.page_info.has_more ? 'the newest; there are older ones' : 'newest first'}>
        <Callbacks rows={callbacks.toReversed()} caption="Callbacks of the member" />
      </Panel>
      {claimed_callbacks.length > 0 && (
        <Panel
          title="Refused, and said to be of this user"
          note="their signature was not verified: anybody may have sent them"
        >
          <Callbacks rows={claimed_callbacks.toReversed()} caption="Refused callbacks that name the user" />
        </Panel>
      )}
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Callbacks({ rows, caption }: { readonly rows: readonly CallbackRow[]; readonly caption: string }) {
  const today = isoTime(now());
  return (
    <Table
      caption={caption}
      rows={rows}
      idOf={({ id }) => id}
      columns={[
        { name: 'time', cell: ({ at }) => <Moment iso={at} now={today} /> },
        OUTCOME,
        {
          name: 'key',
          cell: (row) =>
            row.idempotency_key !== null && <Id id={row.idempotency_key} href={recordLink(row)} room={30} />,
        },
        { name: 'changed', cell: (row) => <span class="second">{CHANGED[row.outcome]}</span> },
        REQUEST,
        TOOK,
      ]}
    />
  );
}

/** What a callback of each outcome writes (contract §4). */
const CHANGED = {
  provisioned: 'workspace, member, key',
  seen: 'last_seen_at',
  replayed: 'nothing: the same bytes again',
  refused: 'nothing',
  in_flight: 'nothing',
  unavailable: 'nothing',
} as const;

function moment(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')}Z`;
}
