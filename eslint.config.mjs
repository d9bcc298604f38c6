import js from '@eslint/js';
import globals from 'globals';

const rules = {
  'no-unused-vars': [
    'error',
    { argsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_', varsIgnorePattern: '^_' },
  ],
  'no-empty': ['error', { allowEmptyCatch: false }],
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-var': 'error',
  'prefer-const': 'error',
  'no-implied-eval': 'error',
  'no-eval': 'error',
};

export default [
  { ignores: ['build/', 'dist/', 'node_modules/', 'browser/worker/wasm_library.js'] },
  js.configs.recommended,
  {
    files: ['browser/**/*.{js,jsx}'],
    languageOptions: {
      globals: { ...globals.browser, ...globals.worker },
      parserOptions: { ecmaFeatures: { jsx: true } },
    },
    rules,
  },
  {
    files: ['scripts/**/*.mjs', 'tests/**/*.mjs', '*.mjs'],
    languageOptions: { globals: globals.node },
    rules,
  },
  // Parts of these run in a page.
  {
    files: ['tests/e2e/**/*.mjs', 'tests/bench/**/*.{js,mjs}'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules,
  },
];
