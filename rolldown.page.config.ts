/** The page of the inspector: one script, one stylesheet, an icon, and the shell that names them by their hash. */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin, RolldownOptions } from 'rolldown';
import { notices } from './rolldown.config.ts';

const read = (name: string) =>
  readFileSync(fileURLToPath(new URL(`src/inspector/page/${name}`, import.meta.url)), 'utf8');

/** Without comments and the white space that separates nothing. */
function compactCss(css: string): string {
  return css
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([{};,>]) ?/g, '$1')
    .replaceAll(/([{;][\w-]+): /g, '$1:')
    .replaceAll(';}', '}')
    .replaceAll(/(?<=[ (,:])0\.(?=\d)/g, '.')
    .replaceAll(/#(\w)\1(\w)\2(\w)\3(?!\w)/g, '#$1$2$3')
    .trim();
}

/** In the order in which `styles/index.css` imports them. */
function stylesheet(): string {
  const parts = read('styles/index.css').matchAll(/^@import ["']\.\/(.+)["'];$/gm);
  return compactCss([...parts].map(([, name]) => read(`styles/${name}`)).join('\n'));
}

const shell: Plugin = {
  name: 'shell',
  generateBundle(_, bundle) {
    const script = Object.values(bundle).find((each) => each.type === 'chunk' && each.isEntry);
    const asset = (name: string, source: string) => {
      const fileName = `assets/${name}`.replace('.', `-${hash('sha256', source, 'base64url').slice(0, 8)}.`);
      this.emitFile({ type: 'asset', fileName, source });
      return fileName;
    };
    const names: Record<string, string> = {
      'page.js': script?.fileName ?? '',
      'page.css': asset('page.css', stylesheet()),
      'icon.svg': asset('icon.svg', read('icon.svg')),
    };
    const source = read('index.html').replaceAll(/\{\{(.+?)\}\}/g, (_, name) => names[name] ?? '');
    this.emitFile({ type: 'asset', fileName: 'index.html', source });
  },
};

const SHARED =
  /node_modules.(@?preact)|inspector.page.(main|browser|parts.(?!table|cells)|state.(?!wish)|pictures.(ticks|time-bars|segments)|views.(page|frame|help|no|not|list-state|filter-bar|around))|machine.values/;
/** What the pages with tables share, and the list of callbacks does without. */
const TABLES = /inspector.page.(parts.(table|cells)|views.older|pictures.folded-axis)/;

/** Directories are relative to `dist`. */
export default {
  input: { page: 'src/inspector/page/main.tsx' },
  platform: 'browser',
  tsconfig: false,
  // Calls of `h`, which are shorter than what the compiler makes of JSX for `jsx-runtime`.
  transform: {
    target: 'es2024',
    jsx: { runtime: 'classic', pragma: 'h', pragmaFrag: 'Fragment' },
    inject: { h: ['preact', 'h'], Fragment: ['preact', 'Fragment'] },
  },
  plugins: [shell, notices],
  output: {
    dir: 'inspector',
    format: 'es',
    minify: true,
    comments: false,
    entryFileNames: 'assets/[name]-[hash].js',
    chunkFileNames: 'assets/[name]-[hash].js',
    codeSplitting: {
      // A script for each view, and one for what most of them share: each request costs more than its bytes.
      groups: [
        { name: 'page', test: SHARED },
        { name: 'tables', test: TABLES },
      ],
    },
  },
} satisfies RolldownOptions;
