/** The checks of the token, in their order. */
import type { CallbackDetail, CheckResult } from '../../api-types.ts';
import { Icon } from '../parts/icons.tsx';
import { Mark } from '../parts/mark.tsx';
import { Panel } from '../parts/panel.tsx';
import { Foreign } from '../parts/text.tsx';

export function ChecksPanel({ detail }: { readonly detail: CallbackDetail }) {
  return (
    <Panel title="Checks" end={summary(detail.checks)} class="checks">
      {detail.verification === 'remembered' && (
        <p class="note">The same token was accepted before: only its key and its lifetime were judged again.</p>
      )}
      {detail.checks.length === 0 && <p class="note">No check ran: there was no token to judge.</p>}
      <ol>
        {detail.checks.map((check) => (
          <li key={check.name} class={check.result.replace(' ', '-')}>
            <Sign result={check.result} />
            <span class="name">{check.name}</span>
            <span class="mono">
              <Foreign text={told(check)} />
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function told({ result, received }: CheckResult): string {
  if (result === 'not reached') return 'not reached';
  if (result === 'remembered') return 'remembered';
  return received ?? (result === 'failed' ? 'see above' : result);
}

function Sign({ result }: Pick<CheckResult, 'result'>) {
  switch (result) {
    case 'passed':
      return (
        <span class="provisioned">
          <Icon name="check" />
          <span class="hidden">passed</span>
        </span>
      );
    case 'remembered':
      return (
        <span class="dim">
          <Icon name="check" />
        </span>
      );
    case 'failed':
      return (
        <span>
          <Mark outcome="refused" />
          <span class="hidden">failed</span>
        </span>
      );
    default:
      return (
        <span class="dim" aria-hidden="true">
          ·
        </span>
      );
  }
}

const ORDER = ['passed', 'remembered', 'failed', 'skipped', 'not reached'] as const;

function summary(checks: readonly CheckResult[]): string {
  return ORDER.flatMap((result) => {
    const count = checks.filter((check) => check.result === result).length;
    return count === 0 ? [] : [`${count} ${result}`];
  }).join(', ');
}
