/** Header and claims of the token, with what they mean. Its signature is never kept. */
import type { CallbackAnswer, CallbackWithDetail, Json, SigningKeysAnswer } from '../../api-types.ts';
import { link } from '../browser/link.ts';
import { Icon } from '../parts/icons.tsx';
import { Mark } from '../parts/mark.tsx';
import { Panel } from '../parts/panel.tsx';
import { Foreign, Id } from '../parts/text.tsx';
import { meaningOf, shownValue } from '../state/meaning.ts';
import { useResource } from '../state/resource.ts';

interface TokenPanelProps {
  readonly answer: CallbackAnswer;
  readonly callback: CallbackWithDetail;
}

/** The claims that decide come first, in the order of their checks. */
const FIRST = ['iss', 'sub', 'sid', 'jti', 'client_id', 'iat', 'nbf', 'exp'];

export function TokenPanel({ answer, callback }: TokenPanelProps) {
  const keys = useResource<SigningKeysAnswer>(['signing-keys']).value?.keys ?? [];
  const { detail } = callback;
  const header = Object.entries(detail?.header ?? {});
  const claims = inOrder(detail === null ? columnsOf(callback) : (detail.claims ?? {}));
  if (detail === null && claims.length === 0) return null;
  const known = { answer, callback, keys };
  return (
    <Panel title="Token" note={<Signed callback={callback} />} end="signature not kept">
      {detail?.credential != null && <p class="note">{`It is no token: ${detail.credential}.`}</p>}
      <table class="claims">
        <Rows entries={header} known={known} name="header" />
        <Rows entries={claims} known={known} name="claims" />
      </table>
    </Panel>
  );
}

interface RowsProps {
  readonly name: string;
  readonly entries: readonly (readonly [string, Json])[];
  readonly known: {
    readonly answer: CallbackAnswer;
    readonly callback: CallbackWithDetail;
    readonly keys: SigningKeysAnswer['keys'];
  };
}

function Rows({ name: part, entries, known }: RowsProps) {
  return (
    <tbody aria-label={part}>
      {entries.map(([name, value]) => {
        const meaning = meaningOf(name, value, known);
        return (
          <tr key={name} class={meaning === 'refused' ? 'refused' : ''}>
            <th scope="row">
              <Foreign text={name} />
            </th>
            <td class="mono">
              <Value name={name} value={value} answer={known.answer} />
            </td>
            <td class="dim number">
              <Foreign text={meaning} />
            </td>
          </tr>
        );
      })}
    </tbody>
  );
}

function Value({
  name,
  value,
  answer,
}: {
  readonly name: string;
  readonly value: Json;
  readonly answer: CallbackAnswer;
}) {
  const member = answer.workspace_member;
  const text = <Shown text={shownValue(value)} />;
  if (name === 'sub' && member !== null && member.workos_user_id === value)
    return <a href={link(['members', member.id])}>{text}</a>;
  return text;
}

/** Ids lose their middle; addresses break at their slashes. */
function Shown({ text }: { readonly text: string }) {
  if (/^[\w.:-]+$/.test(text)) return <Id id={text} room={27} />;
  return <bdi>{text.split(/(?<=\/)/).map((part) => [part, <wbr key={part} />])}</bdi>;
}

function Signed({ callback: { detail, subject } }: Pick<TokenPanelProps, 'callback'>) {
  if (detail?.signed ?? subject !== null)
    return (
      <span class="with-icon">
        <span class="provisioned">
          <Icon name="check" />
        </span>
        signed by a key of the set
      </span>
    );
  return (
    <span class="with-icon refused">
      <Mark outcome="refused" />
      unverified: anybody may have written this
    </span>
  );
}

function inOrder(claims: Readonly<Record<string, Json>>): readonly (readonly [string, Json])[] {
  const rank = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return Object.entries(claims).sort(([one], [other]) => rank(one) - rank(other));
}

/** What the log of attempts has of a token whose details were not kept. */
function columnsOf(row: CallbackWithDetail): Readonly<Record<string, Json>> {
  const claims = {
    iss: row.issuer ?? row.claimed_issuer,
    sub: row.subject ?? row.claimed_subject,
    sid: row.session_id ?? row.claimed_session_id,
    jti: row.token_id ?? row.claimed_token_id,
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null));
}
