/** A choice of few, all of them shown. */
interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly options: Readonly<Record<T, string>>;
  readonly chosen: T;
  readonly choose: (option: T) => void;
}

export function Choice<T extends string>({ label, options, chosen, choose }: ChoiceProps<T>) {
  return (
    <fieldset class="tabs" aria-label={label}>
      {(Object.entries(options) as [T, string][]).map(([option, text]) => (
        <button key={option} type="button" aria-pressed={option === chosen} onClick={() => choose(option)}>
          {text}
        </button>
      ))}
    </fieldset>
  );
}
