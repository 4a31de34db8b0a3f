/** `fixtures/agent-paste.config.schema.json`: what may stand in a configuration file, for editors. */
import type { Setting } from '../../../src/machine/settings/setting.ts';
import { SETTING_NAMES, SETTINGS } from '../../../src/machine/settings.ts';

export function configJsonSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'agent-paste configuration',
    description: 'Settings of agent-paste, named as their flags. Paths are relative to the file.',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      ...Object.fromEntries(SETTING_NAMES.map((name) => [name, propertyOf(SETTINGS[name])])),
    },
    additionalProperties: false,
  };
}

function propertyOf({ says, form, fallback, fallbackSays }: Setting<unknown>): object {
  const written = fallback === undefined || Array.isArray(fallback) ? undefined : form.write(fallback);
  return {
    description: `${says}; must be ${form.accepts}${fallbackSays === undefined ? '' : `; default: ${fallbackSays}`}`,
    ...form.schema,
    ...(written === undefined ? {} : { default: written }),
  };
}
