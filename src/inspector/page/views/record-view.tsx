/** Every callback of one key: the race, the verdict on the bytes, the life of the record, a comparison. */
import { isoTime } from '../../../machine/values/time.ts';
import type { RecordAnswer } from '../../api-types.ts';
import { address, go, linkWith } from '../browser/address.ts';
import { now, tick } from '../browser/clock.ts';
import { link } from '../browser/link.ts';
import { Moment, OUTCOME, REQUEST, TOOK } from '../parts/cells.tsx';
import { CopyMenu } from '../parts/copy-menu.tsx';
import { Icon } from '../parts/icons.tsx';
import { Panel } from '../parts/panel.tsx';
import { Table } from '../parts/table.tsx';
import { Choice } from '../parts/tabs.tsx';
import { Foreign, Id } from '../parts/text.tsx';
import { LifePicture } from '../pictures/life.tsx';
import { RacePicture } from '../pictures/race.tsx';
import { useResource } from '../state/resource.ts';
import { recordLink } from './around-panel.tsx';
import { ComparePanel } from './compare-panel.tsx';
import { NotThere } from './not-found.tsx';

export function RecordView({ id }: { readonly id: string }) {
  const { query } = address.value;
  const given = { key: id, subject: query.get('subject'), issuer: query.get('issuer') };
  const { value, error } = useResource<RecordAnswer>(['records', 'one'], given, true);
  return (
    <main class="page" id="main" tabIndex={-1}>
      <p class="crumbs">
        <a href={link(['records'])}>Records</a>
        {value?.workspace_member != null && (
          <>
            {' / '}
            <a href={link(['members', value.workspace_member.id])}>
              <Foreign text={value.workspace_member.email} />
            </a>
          </>
        )}
      </p>
      {error !== null && <NotThere error={error} page="records" />}
      {value !== null && <Shown answer={value} />}
    </main>
  );
}

const TABS = { race: 'Race', table: 'Table' };

function Shown({ answer }: { readonly answer: RecordAnswer }) {
  const { key, record, callbacks, workspace_member: member, shared_with } = answer;
  const tab = address.value.query.get('tab') === 'table' ? 'table' : 'race';
  const start = callbacks[0]?.at;
  const first = callbacks.find(({ status }) => status === 200);
  const items = [
    { name: 'link', text: location.href },
    { name: 'JSON', text: JSON.stringify(answer, null, 2) },
  ];
  return (
    <>
      <div class="title">
        <h1 class="mono-title">
          <Foreign text={key} />
        </h1>
        <CopyMenu items={items} />
      </div>
      <BytesVerdict answer={answer} />
      {callbacks.length > 0 && (
        <Panel
          title="On a time axis"
          note={start !== undefined && `from the first arrival, ${start.slice(11, 23)}`}
          end={
            <Choice
              label="Callbacks, shown as"
              options={TABS}
              chosen={tab}
              choose={(next) => go(linkWith({ tab: next === 'table' ? next : null }), 'replace')}
            />
          }
        >
          {tab === 'race' ? <RacePicture callbacks={callbacks} /> : <CallbacksTable answer={answer} />}
        </Panel>
      )}
      <div class="two">
        {record !== null && (
          <Panel title="Life of the record" note="(issuer, subject, key)">
            <LifePicture record={record} callbacks={callbacks} now={Math.max(now(), tick.value)} />
          </Panel>
        )}
        {member !== null && first !== undefined && <ComparePanel memberId={member.id} first={first} />}
      </div>
      {shared_with.length > 0 && (
        <Panel title="Records of the same key" note="of other users or issuers: a jti or sid was used twice">
          <Table
            caption="Records of the same key"
            rows={shared_with}
            idOf={({ subject, issuer }) => `${subject} ${issuer}`}
            columns={[
              { name: 'user', cell: (row) => <Id id={row.subject ?? 'no user'} href={recordLink(row)} room={34} /> },
              { name: 'issuer', class: 'mono', cell: ({ issuer }) => <Foreign text={issuer ?? ''} /> },
              { name: 'made', cell: ({ created_at }) => <Moment iso={created_at} now={isoTime(now())} /> },
            ]}
          />
        </Panel>
      )}
    </>
  );
}

/** Green where the bytes are known to be equal, red where they are not, and neither where they are not known. */
function BytesVerdict({ answer: { verdict, record } }: { readonly answer: RecordAnswer }) {
  const [head = '', ...rest] = verdict.sentence.split(': ');
  const style = verdict.equal === null ? '' : verdict.equal ? 'kept' : 'broken';
  return (
    <section class={`verdict-line ${style}`} aria-label="Verdict on the bytes">
      {verdict.equal !== null && (
        <span class={verdict.equal ? 'provisioned' : 'unavailable'}>
          <Icon name={verdict.equal ? 'check' : 'cross'} />
        </span>
      )}
      <p>
        <b class="strong">{head}.</b> <Foreign text={capital(rest.join(': '))} />
      </p>
      {record?.body_sha256 != null && (
        <span class="end">
          <span>
            sha256 <Id id={record.body_sha256} room={16} />
          </span>
        </span>
      )}
    </section>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function CallbacksTable({ answer: { callbacks } }: { readonly answer: RecordAnswer }) {
  const today = isoTime(now());
  return (
    <Table
      caption="Callbacks of the key, oldest first"
      rows={callbacks}
      idOf={({ id }) => id}
      columns={[
        { name: 'time', cell: ({ at }) => <Moment iso={at} now={today} /> },
        OUTCOME,
        { name: 'status', class: 'mono', cell: ({ status }) => status },
        { name: 'bytes', class: 'mono', cell: ({ detail }) => detail?.answer?.bytes ?? '' },
        { name: 'sha256', cell: ({ detail }) => detail?.answer != null && <Id id={detail.answer.sha256} room={16} /> },
        { name: 'waited for', cell: ({ detail }) => detail?.leader != null && <Id id={detail.leader} /> },
        REQUEST,
        TOOK,
      ]}
    />
  );
}
