/** What became of the callback, in one sentence; never below the fold. */
import type { CallbackAnswer, CallbackWithDetail } from '../../api-types.ts';
import { link } from '../browser/link.ts';
import { CopyMenu } from '../parts/copy-menu.tsx';
import { Icon } from '../parts/icons.tsx';
import { Mark } from '../parts/mark.tsx';
import { WORDS } from '../parts/outcomes.ts';
import { milliseconds } from '../parts/short.ts';
import { Foreign } from '../parts/text.tsx';
import { callbackLink } from '../state/callback-link.ts';

interface VerdictProps {
  readonly answer: CallbackAnswer;
  readonly callback: CallbackWithDetail;
}

export function Verdict({ answer, callback }: VerdictProps) {
  const { at, outcome, reason, request_id, status, milliseconds: took, detail } = callback;
  const { explain, inspect, curl } = answer.commands;
  const items = [
    { name: 'link', text: location.origin + link(['callbacks', request_id]) },
    { name: 'explain command', text: explain },
    { name: 'inspect command', text: inspect },
    { name: 'curl', text: curl },
    { name: 'JSON', text: JSON.stringify(answer, null, 2) },
  ];
  return (
    <section class="verdict" aria-label="Verdict">
      <div class="title">
        <Mark outcome={outcome} />
        <h1>
          <Foreign text={answer.explanation.sentence.replace(/\.$/, '')} />
        </h1>
        <a class="button first" href={link(['replay'], { of: request_id })}>
          <Icon name="replay" />
          Replay…
        </a>
        <CopyMenu items={items} />
      </div>
      <p class="facts-line">
        <span class={`mono strong ${outcome}`}>{status}</span>
        <span class="mono">
          <Foreign text={reason ?? WORDS[outcome]} />
        </span>
        <span class="mono">
          <Foreign text={request_id} />
        </span>
        <time class="mono" dateTime={at}>
          {at.replace('T', ' ')}
        </time>
        <span>took {milliseconds(took)} ms</span>
        {detail?.via === 'inspector' && <span>sent from this page</span>}
        {detail !== null && <span>process {detail.process}</span>}
      </p>
      {answer.callbacks.length > 1 && <Attempts answer={answer} callback={callback} />}
    </section>
  );
}

/** A client may send its own request id, and so several attempts may have one. */
function Attempts({ answer, callback }: VerdictProps) {
  return (
    <p class="facts-line">
      <span>{answer.callbacks.length} attempts have this request id:</span>
      {answer.callbacks.map((each, index) => (
        <a
          key={each.id}
          class="mono"
          href={`${callbackLink(each.request_id).split('?')[0]}?attempt=${index + 1}`}
          {...(each.id === callback.id ? { 'aria-current': 'true' as const } : {})}
        >
          {each.at.slice(11, 23)}
        </a>
      ))}
    </p>
  );
}
