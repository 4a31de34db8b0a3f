/** A token to edit and send: what it would do is told before, what it did beside it. */
import { useEffect, useState } from 'preact/hooks';
import type { CallbackAnswer, PredictAnswer, SendRequest } from '../../api-types.ts';
import { address } from '../browser/address.ts';
import { ask, Refusal } from '../browser/client.ts';
import { now } from '../browser/clock.ts';
import { link } from '../browser/link.ts';
import { Id } from '../parts/text.tsx';
import { useResource } from '../state/resource.ts';
import { server } from '../state/server.ts';
import { type Form, fieldsOf, wishOf } from '../state/wish.ts';
import { CommandsPanel } from './commands-panel.tsx';
import { NotThere } from './not-found.tsx';
import { ResultPanel } from './result-panel.tsx';
import { TokenForm } from './token-form.tsx';

export function Replay() {
  const { query } = address.value;
  const of = query.get('of');
  const { value, error } = useResource<CallbackAnswer>(of === null ? null : ['callbacks', of]);
  const reason = server.value?.cannot_send_because ?? null;
  return (
    <main class="page" id="main" tabIndex={-1}>
      {of !== null && (
        <p class="crumbs">
          <a href={link(['callbacks'])}>Callbacks</a> / <Id id={of} href={link(['callbacks', of])} />
        </p>
      )}
      <div class="title">
        <h1>{of === null ? 'Sign in' : 'Replay with changes'}</h1>
      </div>
      {error !== null && <NotThere error={error} page="callbacks" />}
      {reason !== null && <CannotSend reason={reason} value={value} />}
      {server.value !== null && reason === null && (of === null || value !== null) && (
        <Editor key={of} first={firstForm(of, query.get('email'), value)} />
      )}
    </main>
  );
}

function CannotSend({ reason, value }: { readonly reason: string; readonly value: CallbackAnswer | null }) {
  const curl = value?.commands.curl ?? null;
  return (
    <>
      <p class="verdict-line">{`Nothing can be sent from here: ${reason}`}</p>
      {curl !== null && <CommandsPanel commands={{ agent_paste: null, curl }} />}
    </>
  );
}

function firstForm(of: string | null, email: string | null, answer: CallbackAnswer | null): Form {
  const kept = of === null ? 'new' : 'same';
  const claims = fieldsOf(answer?.callbacks.at(-1)?.detail?.claims ?? null);
  const sends = { faults: '', times: 1, atOnce: 1, tokens: 'one' } as const;
  return { of, email: email ?? 'ada@example.com', jti: kept, sid: kept, claims, ...sends };
}

/** A pause in typing after which the server is asked. */
const PAUSE_MS = 200;

function Editor({ first }: { readonly first: Form }) {
  const [form, setForm] = useState(first);
  const [prediction, setPrediction] = useState<PredictAnswer | Refusal | null>(null);
  const wish = wishOf(form, now() / 1000);
  const isInvalid = 'invalid' in wish;
  useEffect(() => {
    if (isInvalid) return;
    const abort = new AbortController();
    const timer = setTimeout(() => void predict(form, abort.signal).then(setPrediction, () => undefined), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [form, isInvalid]);
  return (
    <div class="two">
      <TokenForm
        form={form}
        change={(part) => setForm({ ...form, ...part })}
        invalid={isInvalid ? wish.invalid : null}
        prediction={isInvalid ? null : prediction}
      />
      <div class="column">
        {prediction !== null && !(prediction instanceof Refusal) && <CommandsPanel commands={prediction.commands} />}
        <ResultPanel
          wish={() => asked(form)}
          ready={!isInvalid && !(prediction instanceof Refusal)}
          times={form.times}
        />
      </div>
    </div>
  );
}

/** Times that are relative count from the moment of the question. */
function asked(form: Form): SendRequest {
  const wish = wishOf(form, now() / 1000);
  return 'invalid' in wish ? {} : wish;
}

async function predict(form: Form, signal: AbortSignal): Promise<PredictAnswer | Refusal> {
  try {
    const response = await ask(['predict'], {}, { method: 'POST', body: asked(form), signal });
    return (await response.json()) as PredictAnswer;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
