import { useEffect } from 'preact/hooks';
import { bytes } from '../logic/format.js';
import { refreshStorage } from '../logic/storage.js';
import { useSession } from './useSession.js';

/**
 * What the browser says of this site's storage, and what that means.
 * @param {{ state: import('../logic/session.js').State }} props
 */
export function StorageSetting({ state }) {
  const session = useSession();
  const { info, space, phase } = state;
  useEffect(() => void session.run(() => refreshStorage(session)), [session, phase]);
  if (!info || !space) return null;
  const { usage, quota, persisted, imageBytes } = space;
  return (
    <section class="setting" data-testid="storage-setting">
      <h3>Storage</h3>
      {quota > 0 && (
        <>
          <progress class="quota" max={quota} value={usage} aria-label="Storage used by this site" />
          <p class="quiet" data-testid="storage-used">
            {bytes(usage)} of {bytes(quota)} used by this site; {bytes(imageBytes)} by this workspace and its
            history.
          </p>
        </>
      )}
      {info.storage === 'memory' ? (
        <p class="setting-warning">This workspace is in memory only and is gone with this tab.</p>
      ) : (
        <div class="setting-row" data-testid="persisted" data-persisted={persisted}>
          <p class="kept">
            {persisted
              ? 'The browser keeps this storage until you delete it yourself.'
              : 'The browser has not promised to keep this storage: when the disk gets full, it may delete it without ' +
                'asking. What you have committed or downloaded is safe.'}
          </p>
          {!persisted && (
            <button
              class="button"
              data-testid="persist"
              onClick={() => session.run(() => session.ready.persist())}
            >
              Ask to keep it
            </button>
          )}
        </div>
      )}
    </section>
  );
}
