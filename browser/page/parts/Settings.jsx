import { useState } from 'preact/hooks';
import { bytes, count } from '../logic/format.js';
import { CheckSetting } from './CheckSetting.jsx';
import { Dialog } from './Dialog.jsx';
import { FilterSetting } from './FilterSetting.jsx';
import { Icon } from './Icon.jsx';
import { KeySetting } from './KeySetting.jsx';
import { StorageSetting } from './StorageSetting.jsx';
import { useSession } from './useSession.js';

/** @param {{ state: import('../logic/session.js').State }} props */
export function Settings({ state }) {
  const session = useSession();
  const close = () => session.set({ settings: false });
  return (
    <Dialog label="Settings" class="settings" onClose={close}>
      <div class="dialog-head">
        <h2>Settings</h2>
        <button class="button ghost square" aria-label="Close" data-testid="settings-close" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <KeySetting state={state} />
      <ModelSetting state={state} />
      <FilterSetting state={state} />
      <StorageSetting state={state} />
      <CheckSetting state={state} />
      <Facts state={state} />
    </Dialog>
  );
}

/** @param {{ state: import('../logic/session.js').State }} props */
function ModelSetting({ state }) {
  const session = useSession();
  const [model, setModel] = useState(state.model);
  const busy = state.talk.running || state.sending || state.importing !== null;
  const same = model.trim() === state.model;
  return (
    <section class="setting">
      <h3>Model</h3>
      <p class="quiet">The name that is sent to the provider. Leave it empty for the default.</p>
      <form
        class="setting-row"
        onSubmit={(event) => {
          event.preventDefault();
          void session.run(() => session.setModel(model.trim()));
        }}
      >
        <input
          class="field mono"
          type="text"
          aria-label="Model name"
          placeholder="Default"
          autocomplete="off"
          spellcheck={false}
          data-testid="model"
          value={model}
          onInput={(event) => setModel(event.currentTarget.value)}
        />
        <button class="button" type="submit" data-testid="model-save" disabled={busy || same}>
          Save
        </button>
      </form>
      {!same && (
        <p class="quiet">
          {busy
            ? 'Wait until the running work is over.'
            : 'Saving opens the workspace again with this model.'}
        </p>
      )}
    </section>
  );
}

/** @param {{ state: import('../logic/session.js').State }} props */
function Facts({ state }) {
  const { info } = state;
  if (!info) return null;
  return (
    <section class="setting">
      <h3>Workspace</h3>
      <dl class="facts">
        <dt>Storage</dt>
        <dd>
          {info.storage === 'opfs'
            ? 'Private storage of this browser (OPFS)'
            : 'Memory only, gone with this tab'}
        </dd>
        <dt>Content</dt>
        <dd>
          {count(state.files)} files, {bytes(state.bytes)}
        </dd>
        <dt>Workspace</dt>
        <dd>
          {info.workspace}, opened in {Math.round(info.openMs)} ms
        </dd>
        <dt>Version</dt>
        <dd>{info.version}</dd>
      </dl>
      {info.notices.length > 0 && (
        <ul class="facts-notices">
          {info.notices.map((notice) => (
            <li key={notice}>{notice}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
