/** Outcomes as switches, with how many callbacks of each there are; the bars over time; what else is chosen. */
import type { CountersAnswer, Outcome } from '../../api-types.ts';
import { address, go, linkWith } from '../browser/address.ts';
import { Icon } from '../parts/icons.tsx';
import { Mark } from '../parts/mark.tsx';
import { OUTCOMES, WORDS } from '../parts/outcomes.ts';
import { grouped } from '../parts/short.ts';
import { Foreign } from '../parts/text.tsx';
import { TimeBars } from '../pictures/time-bars.tsx';
import { filtersOf } from '../state/filters.ts';
import { useResource } from '../state/resource.ts';

export function toggleOutcome(outcome: Outcome): void {
  const { outcome: chosen } = filtersOf(address.value.query);
  const next = chosen.includes(outcome) ? chosen.filter((each) => each !== outcome) : [...chosen, outcome];
  go(linkWith({ outcome: next.join(',') }), 'replace');
}

export function FilterBar() {
  const { query } = address.value;
  const filters = filtersOf(query);
  const { value } = useResource<CountersAnswer>(['counters'], { since: filters.since, bins: 60 }, true);
  return (
    <>
      <div class="chips">
        {OUTCOMES.map((outcome) => (
          <button
            key={outcome}
            type="button"
            class="chip"
            aria-pressed={filters.outcome.includes(outcome)}
            onClick={() => toggleOutcome(outcome)}
          >
            <Mark outcome={outcome} />
            {WORDS[outcome]} {value !== null && <b>{grouped(value.outcomes[outcome] ?? 0)}</b>}
          </button>
        ))}
      </div>
      <Chosen />
      {value !== null && <TimeBars answer={value} choose={(range) => go(linkWith(range))} />}
    </>
  );
}

const NAMES = { reason: 'reason', subject: 'user', email: 'e-mail', since: 'since', until: 'until', q: 'search' };

/** Filters that are no outcome, each removable. */
export function Chosen() {
  const { query } = address.value;
  const chosen = Object.entries(NAMES).flatMap(([name, word]) => {
    const value = query.get(name);
    return value === null || value === 'all' ? [] : [{ name, word, value }];
  });
  if (chosen.length === 0) return null;
  return (
    <div class="chips">
      {chosen.map(({ name, word, value }) => (
        <button
          key={name}
          type="button"
          class="chip removable"
          aria-label={`Remove the filter ${word} ${value}`}
          onClick={() => go(linkWith({ [name]: null }))}
        >
          <span class="dim">{word}</span> <Foreign text={value} />
          <Icon name="cross" />
        </button>
      ))}
    </div>
  );
}
