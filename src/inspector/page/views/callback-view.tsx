/** One callback: the verdict first, then everything that led to it. */
import type { CallbackAnswer, CallbackWithDetail } from '../../api-types.ts';
import { address, go } from '../browser/address.ts';
import { link } from '../browser/link.ts';
import { useKeys } from '../parts/use-keys.ts';
import { callbackLink } from '../state/callback-link.ts';
import { useResource } from '../state/resource.ts';
import { AnswerPanel } from './answer-panel.tsx';
import { AroundPanel } from './around-panel.tsx';
import { ChecksPanel } from './checks-panel.tsx';
import { HappenedPanel } from './happened-panel.tsx';
import { NotThere } from './not-found.tsx';
import { Received } from './received.tsx';
import { TokenPanel } from './token-panel.tsx';
import { Verdict } from './verdict.tsx';

export function CallbackView({ id }: { readonly id: string }) {
  const { value, error } = useResource<CallbackAnswer>(['callbacks', id], {}, true);
  const neighbours = value?.neighbours;
  const step = (to: string | null | undefined) => to != null && go(callbackLink(to));
  useKeys({
    r: () => go(link(['replay'], { of: id })),
    '[': () => step(neighbours?.previous),
    ']': () => step(neighbours?.next),
  });
  return (
    <main class="detail" id="main" tabIndex={-1} aria-label="One callback">
      <a class="back" href={callbackLink('').replace(/\/$|\/(?=\?)/, '')}>
        All callbacks
      </a>
      {error !== null && <NotThere error={error} page="callbacks" />}
      {value !== null && <Shown answer={value} />}
    </main>
  );
}

/** Of several attempts with one request id, `attempt` of the query says which; the last by default. */
function Shown({ answer }: { readonly answer: CallbackAnswer }) {
  const asked = Number(address.value.query.get('attempt') ?? answer.callbacks.length);
  const callback = answer.callbacks[asked - 1] ?? answer.callbacks.at(-1);
  if (callback === undefined) return null;
  const { detail } = callback;
  return (
    <>
      <Verdict answer={answer} callback={callback} />
      <Received answer={answer} callback={callback} />
      {detail === null && <NoDetails callback={callback} />}
      <div class="columns">
        <div class="column">
          {detail !== null && <ChecksPanel detail={detail} />}
          <AnswerPanel answer={answer} callback={callback} />
        </div>
        <div class="column">
          <TokenPanel answer={answer} callback={callback} />
          {detail !== null && <HappenedPanel row={callback} detail={detail} />}
          <AroundPanel answer={answer} callback={callback} />
        </div>
      </div>
    </>
  );
}

function NoDetails({ callback }: { readonly callback: CallbackWithDetail }) {
  return (
    <p class="verdict-line note">
      {callback.callbacks > 1
        ? `This row stands for ${callback.callbacks} refused callbacks of a flood. What is shown is of the last one.`
        : 'This callback has no details. They are kept for the newest ones of a server that runs with an inspector, and not for all of them while many come at once.'}
    </p>
  );
}
