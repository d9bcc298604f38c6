import { useState } from 'preact/hooks';
import { excludedNames } from '../logic/importing.js';
import { useSession } from './useSession.js';

/** @param {string} text */
const namesOf = (text) =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);

/**
 * What an import leaves out.
 * @param {{ state: import('../logic/session.js').State }} props
 */
export function FilterSetting({ state }) {
  const session = useSession();
  const [names, setNames] = useState(excludedNames(state).join(', '));
  const [gitignore, setGitignore] = useState(state.filter.gitignore);
  const slash = namesOf(names).find((name) => name.includes('/'));
  const same = namesOf(names).join() === excludedNames(state).join() && gitignore === state.filter.gitignore;
  return (
    <section class="setting">
      <h3>Left out of imports</h3>
      <p class="quiet">Names of files and folders, with commas between, wherever they are.</p>
      <form
        class="setting-row"
        onSubmit={(event) => {
          event.preventDefault();
          session.setFilter({ exclude: namesOf(names), gitignore });
        }}
      >
        <input
          class="field mono"
          type="text"
          aria-label="Names that imports leave out"
          placeholder="None"
          autocomplete="off"
          spellcheck={false}
          data-testid="exclude"
          value={names}
          onInput={(event) => setNames(event.currentTarget.value)}
        />
        <button class="button" type="submit" data-testid="filter-save" disabled={same || slash !== undefined}>
          Save
        </button>
      </form>
      <label class="setting-check">
        <input
          type="checkbox"
          data-testid="gitignore"
          checked={gitignore}
          onChange={(event) => setGitignore(event.currentTarget.checked)}
        />
        <span>
          What <code>.gitignore</code> files name, too
        </span>
      </label>
      {slash !== undefined && <p class="quiet">“{slash}” has a slash; for paths there is .gitignore.</p>}
      {!same && slash === undefined && <p class="quiet">It counts from the next import or update on.</p>}
    </section>
  );
}
