/** Expected beside received, and what to do about it. */
import type { CallbackAnswer, CallbackWithDetail } from '../../api-types.ts';
import { CopyButton } from '../parts/copy-menu.tsx';
import { areAlike, differingPart } from '../parts/difference.ts';
import { Foreign } from '../parts/text.tsx';

interface ReceivedProps {
  readonly answer: CallbackAnswer;
  readonly callback: CallbackWithDetail;
}

export function Received({ answer, callback }: ReceivedProps) {
  const { expected, received, detail } = callback;
  const advice = detail !== null && detail.advice.length > 0 ? detail.advice : answer.explanation.advice;
  const isKnown = expected !== null || received !== null;
  if (!isKnown && advice.length === 0) return null;
  return (
    <section class="received" aria-label="What was expected, and what to do">
      {isKnown && (
        <dl>
          <dt>expected</dt>
          <dd class="mono">
            <Foreign text={expected ?? 'not recorded'} />
          </dd>
          <dt>received</dt>
          <dd class="mono">
            <Differing expected={expected ?? ''} received={received ?? 'not recorded'} />
          </dd>
        </dl>
      )}
      {advice.length > 0 && (
        <div class="advice">
          {advice.map((text) => (
            <Advice key={text} text={text} />
          ))}
        </div>
      )}
    </section>
  );
}

function Differing({ expected, received }: { readonly expected: string; readonly received: string }) {
  if (!areAlike(expected, received)) return <Foreign text={received} />;
  const [before, part, after] = differingPart(expected, received);
  return (
    <bdi>
      {before}
      <mark>{part}</mark>
      {after}
    </bdi>
  );
}

/** A setting or a flag at the end of a sentence, as the advice of `explain` writes it. */
const SETTING = /^(.*? with )((?:[A-Z][A-Z_]+=|--[a-z-]+ )\S+(?: and (?:[A-Z][A-Z_]+=|--[a-z-]+ )\S+)*?)(\.?)$/;

function Advice({ text }: { readonly text: string }) {
  const [, before, setting, after] = SETTING.exec(text) ?? [];
  if (before === undefined || setting === undefined)
    return (
      <p>
        <Foreign text={text} />
      </p>
    );
  return (
    <div class="advice-line">
      <p>
        {before}
        <bdi class="mono">{setting}</bdi>
        {after}
      </p>
      <CopyButton text={setting} what="the setting" />
    </div>
  );
}
