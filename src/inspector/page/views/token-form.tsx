/** The claims of the token, what goes wrong in it on purpose, and how often it is sent. */
import type { Outcome, PredictAnswer } from '../../api-types.ts';
import { Refusal } from '../browser/client.ts';
import { Mark } from '../parts/mark.tsx';
import { Panel } from '../parts/panel.tsx';
import { Choice } from '../parts/tabs.tsx';
import { Foreign } from '../parts/text.tsx';
import type { ClaimField, Form } from '../state/wish.ts';

interface TokenFormProps {
  readonly form: Form;
  readonly change: (part: Partial<Form>) => void;
  /** The claim whose value is no JSON. */
  readonly invalid: string | null;
  readonly prediction: PredictAnswer | Refusal | null;
}

const IDS = { same: 'same', new: 'new', none: 'none' };
const NEW_IDS = { new: 'new', none: 'none' };
const TOKENS = { one: 'one token', each: 'a token each' };
const FAULTS = ['expired', 'iss-other-form', 'kid-unknown', 'signature-other-key', 'ids-missing'];

export function TokenForm({ form, change, invalid, prediction }: TokenFormProps) {
  const ids = form.of === null ? NEW_IDS : IDS;
  const edit = (index: number, part: Partial<ClaimField>) =>
    change({ claims: form.claims.map((claim, at) => (at === index ? { ...claim, ...part } : claim)) });
  const add = (name: string, text: string) =>
    change({ claims: [...form.claims, { name, text, before: null, removed: false }] });
  return (
    <Panel title="Token" note="signed with the newest key of this server">
      {form.of === null && (
        <label class="field">
          <span>e-mail</span>
          <input class="input" value={form.email} onInput={(event) => change({ email: event.currentTarget.value })} />
        </label>
      )}
      <div class="filter-line">
        {(['jti', 'sid'] as const).map((name) => (
          <span key={name} class="filter-line">
            {name}
            <Choice
              label={name}
              options={ids as typeof IDS}
              chosen={form[name]}
              choose={(to) => change({ [name]: to })}
            />
          </span>
        ))}
      </div>
      {form.claims.map((claim, index) => (
        <Claim key={index} claim={claim} isInvalid={claim.name === invalid} edit={(part) => edit(index, part)} />
      ))}
      <p class="filter-line">
        {['exp', 'iat', 'nbf'].map((name) =>
          form.claims.some((claim) => claim.name === name) ? null : (
            <button
              key={name}
              type="button"
              class="button"
              onClick={() => add(name, name === 'exp' ? 'now + 5 min' : 'now')}
            >
              {`+ ${name}`}
            </button>
          ),
        )}
        <button type="button" class="button" onClick={() => add('', '""')}>
          + claim
        </button>
        <span class="dim">exp and iat are fresh unless they are set</span>
      </p>
      <label class="field">
        <span>faults</span>
        <input
          class="input"
          list="faults"
          placeholder="none; names of mint --list-faults"
          value={form.faults}
          onInput={(event) => change({ faults: event.currentTarget.value })}
        />
      </label>
      <datalist id="faults">
        {FAULTS.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <p class="filter-line">
        <Count label="times" value={form.times} most={1000} set={(times) => change({ times })} />
        <Count label="at once" value={form.atOnce} most={64} set={(atOnce) => change({ atOnce })} />
        <Choice label="Tokens" options={TOKENS} chosen={form.tokens} choose={(tokens) => change({ tokens })} />
      </p>
      <Prediction prediction={prediction} invalid={invalid} />
    </Panel>
  );
}

interface ClaimProps {
  readonly claim: ClaimField;
  readonly isInvalid: boolean;
  readonly edit: (part: Partial<ClaimField>) => void;
}

function Claim({ claim: { name, before, text, removed }, isInvalid, edit }: ClaimProps) {
  const note = removed ? 'removed' : before === null ? 'added' : text === before ? '' : 'changed';
  return (
    <div class="field">
      {before === null && !['exp', 'iat', 'nbf'].includes(name) ? (
        <input
          class="input"
          aria-label="Name of the claim"
          value={name}
          onInput={(event) => edit({ name: event.currentTarget.value })}
        />
      ) : (
        <span class="mono">
          <Foreign text={name} />
        </span>
      )}
      <input
        class="input"
        aria-label={`Value of ${name || 'the claim'}`}
        aria-invalid={isInvalid}
        value={text}
        disabled={removed}
        onInput={(event) => edit({ text: event.currentTarget.value })}
      />
      <button
        type="button"
        class="button"
        aria-label={`${removed ? 'Keep' : 'Remove'} ${name || 'the claim'}`}
        onClick={() => edit({ removed: !removed })}
      >
        {removed ? '+' : '−'}
      </button>
      <span class="dim">{isInvalid ? 'must be JSON, or now + 5 min' : note}</span>
    </div>
  );
}

interface CountProps {
  readonly label: string;
  readonly value: number;
  readonly most: number;
  readonly set: (value: number) => void;
}

function Count({ label, value, most, set }: CountProps) {
  return (
    <label>
      <input
        class="input count-input"
        type="number"
        min={1}
        max={most}
        value={value}
        onInput={(event) => set(Math.min(most, Math.max(1, Math.floor(event.currentTarget.valueAsNumber) || 1)))}
      />{' '}
      {label}
    </label>
  );
}

function Prediction({ prediction, invalid }: Pick<TokenFormProps, 'prediction' | 'invalid'>) {
  if (invalid !== null) return <p class="verdict-line">{`Not asked: ${invalid} has no value.`}</p>;
  if (prediction === null) return <p class="verdict-line">Asking what it would do…</p>;
  if (prediction instanceof Refusal)
    return (
      <p class="verdict-line broken">
        <Foreign text={prediction.message} />
      </p>
    );
  const [first] = Object.keys(prediction.outcomes) as Outcome[];
  return (
    <div class="verdict-line" role="status">
      {first !== undefined && <Mark outcome={first} />}
      <p>
        <b class="strong">Expected: </b>
        <Foreign text={prediction.sentence} />
        {prediction.idempotency_key !== null && (
          <>
            {' · key '}
            <bdi class="mono">{prediction.idempotency_key}</bdi>
          </>
        )}
        {prediction.advice[0] !== undefined && (
          <span class="note">
            {' '}
            <Foreign text={prediction.advice[0]} />
          </span>
        )}
      </p>
    </div>
  );
}
