/** The verifier settings as the fields of a body. They are made from the rows, so a new setting needs no change here. */
import { z } from 'zod';
import { type FieldsOf, fieldName, type Setting } from '../../machine/settings/setting.ts';
import { VERIFIER_SETTINGS } from '../../machine/settings/verifier.ts';

type Fields = FieldsOf<typeof VERIFIER_SETTINGS>;

const ROWS = Object.entries<Setting<unknown>>(VERIFIER_SETTINGS);

export const verifierFields = Object.fromEntries(
  ROWS.map(([name, row]) => [fieldName(name, row), schemaOf(row)]),
) as unknown as { readonly [F in keyof Fields]: z.ZodType<Fields[F]> };

function schemaOf({ form, fallback }: Setting<unknown>): z.ZodType {
  if (form.choices !== undefined) return z.enum(form.choices);
  return typeof fallback === 'number' ? z.int().min(0) : z.string();
}
