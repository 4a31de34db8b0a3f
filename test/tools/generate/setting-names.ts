/** The names of settings as a type of the library: a user's compiler does not read the program. */
import { SETTING_NAMES } from '../../../src/machine/settings.ts';

export function settingNames(): string {
  const names = SETTING_NAMES.filter((name) => name !== 'state-dir' && name !== 'clock').map(
    (name) => `\n  | '${name}'`,
  );
  return `/** Written by \`npm run generate\`: the settings of \`startServer\`, by the names of their flags. */\nexport type ServerSetting =${names.join('')};\n`;
}
