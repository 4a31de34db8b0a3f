/** The names of settings as a type of the library: a user's compiler does not read the program. */
import { INSPECTOR_SETTINGS } from '../../../src/machine/settings/inspector.ts';
import { SETTING_NAMES } from '../../../src/machine/settings.ts';

/** Those that `startServer` refuses. */
const REFUSED = ['state-dir', 'clock', ...Object.keys(INSPECTOR_SETTINGS)];

export function settingNames(): string {
  const names = SETTING_NAMES.filter((name) => !REFUSED.includes(name)).map((name) => `\n  | '${name}'`);
  return `/** Written by \`npm run generate\`: the settings of \`startServer\`, by the names of their flags. */\nexport type ServerSetting =${names.join('')};\n`;
}
