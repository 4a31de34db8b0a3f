/** The header with the pages, what is known of the server, and what is said when it does not answer. */
import type { ComponentChildren } from 'preact';
import { isoTime } from '../../../machine/values/time.ts';
import { address } from '../browser/address.ts';
import { connection } from '../browser/client.ts';
import { now, tick } from '../browser/clock.ts';
import { announcement } from '../browser/copy.ts';
import { link } from '../browser/link.ts';
import { switchTheme, theme } from '../browser/theme.ts';
import { Icon } from '../parts/icons.tsx';
import { Foreign } from '../parts/text.tsx';
import { paused } from '../state/live.ts';
import { switchSending, ticket } from '../state/sending.ts';
import { server } from '../state/server.ts';

const PAGES = [
  { path: [], name: 'Overview' },
  { path: ['callbacks'], name: 'Callbacks' },
  { path: ['members'], name: 'Members' },
  { path: ['records'], name: 'Records' },
  { path: ['signing-keys'], name: 'Signing keys' },
] as const;

export function Frame({ children }: { readonly children: ComponentChildren }) {
  const [at] = address.value.path;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        To the content
      </button>
      <header class="header">
        <a class="brand" href={link([])}>
          <svg viewBox="0 0 20 20" fill="none" stroke-width="1.7" aria-hidden="true">
            <rect x="2.5" y="4" width="9" height="12" rx="2.2" stroke="var(--accent)" />
            <rect x="7.5" y="2.5" width="9.5" height="12" rx="2.2" stroke="currentColor" fill="var(--panel)" />
          </svg>
          agent-paste
        </a>
        <nav aria-label="Pages">
          {PAGES.map(({ path, name }) => (
            <a key={name} href={link(path)} {...(path[0] === at ? { 'aria-current': 'page' as const } : {})}>
              {name}
            </a>
          ))}
        </nav>
        <State />
      </header>
      <Bands />
      <Patterns />
      {children}
      <div class="hidden" role="status">
        {announcement.value}
      </div>
    </>
  );
}

/** For segments of pictures that are hatched or dotted: `fill: url(#…)` in the stylesheet. */
function Patterns() {
  return (
    <svg width="0" height="0" aria-hidden="true">
      <pattern id="waiting" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <path d="M0 0V6" stroke="var(--edge)" stroke-width="1.6" />
      </pattern>
      <pattern id="held" width="6" height="6" patternUnits="userSpaceOnUse">
        <circle cx="2" cy="2" r="1" fill="var(--refused)" />
      </pattern>
    </svg>
  );
}

function State() {
  const state = server.value;
  const { answers } = connection.value;
  const word = !answers ? 'No answer' : paused.value ? 'Paused' : 'Live';
  const dot = !answers ? 'off' : paused.value ? '' : 'on';
  const dark = theme.value === 'dark';
  return (
    <div class="state">
      {state !== null && (
        <>
          <span>
            <span class={`dot ${dot}`} />
            {word}
          </span>
          {state.api_url !== null && <span class="mono wide">{state.api_url.replace(/^https?:\/\//, '')}</span>}
          {state.workos !== null && (
            <span class="widest">{state.workos === 'local' ? 'plays WorkOS' : 'asks another WorkOS'}</span>
          )}
          <span class="mono cut widest dim" title={state.database}>
            <Foreign text={tailOf(state.database)} />
          </span>
          <SendingSwitch />
        </>
      )}
      <button type="button" class="button" aria-label={dark ? 'Light theme' : 'Dark theme'} onClick={switchTheme}>
        <Icon name={dark ? 'sun' : 'moon'} />
      </button>
    </div>
  );
}

/** The page only reads until sending is switched on. */
function SendingSwitch() {
  const { can_send = false, cannot_send_because = null } = server.value ?? {};
  const isOn = ticket.value !== null;
  if (!can_send)
    return (
      <span class="button" title={cannot_send_because ?? 'This page only reads.'}>
        <Icon name="lock" />
        Read only
      </span>
    );
  return (
    <button
      type="button"
      class={isOn ? 'button sending' : 'button'}
      aria-pressed={isOn}
      onClick={() => void switchSending(!isOn)}
    >
      <Icon name={isOn ? 'unlock' : 'lock'} />
      {isOn ? 'Sending on' : 'Read only'}
    </button>
  );
}

/** The last two parts of a path say which database it is. */
function tailOf(path: string): string {
  return path.split('/').slice(-2).join('/');
}

function Bands() {
  const { answers, answeredAt, retryAt } = connection.value;
  const warnings = server.value?.warnings ?? [];
  return (
    <>
      {!answers && (
        <div class="band" role="alert">
          The server does not answer
          {answeredAt > 0 && `, shown is from ${isoTime(answeredAt).slice(11, 19)}`}
          {retryAt !== null && <Retry at={retryAt} />}
        </div>
      )}
      {warnings.map((warning) => (
        <div key={warning} class="band note">
          <Foreign text={warning} />
        </div>
      ))}
    </>
  );
}

/** Hidden from assistive technology: it changes each second. */
function Retry({ at }: { readonly at: number }) {
  const seconds = Math.max(0, Math.ceil((at - Math.max(tick.value, now())) / 1000));
  return <span aria-hidden="true">{`, trying again ${seconds === 0 ? 'now' : `in ${seconds} s`}`}</span>;
}
