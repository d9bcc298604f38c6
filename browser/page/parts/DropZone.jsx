import { useEffect, useState } from 'preact/hooks';
import { importDrop } from '../logic/importing.js';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/**
 * Lets a folder or an archive be dropped anywhere on the page. A drop never navigates away, enabled or not.
 * @param {{ enabled: boolean }} props
 */
export function DropZone({ enabled }) {
  const session = useSession();
  const [over, setOver] = useState(false);
  useEffect(() => {
    /** @param {DragEvent} event */
    const holdsFiles = (event) => event.dataTransfer?.types.includes('Files') ?? false;
    /** @param {DragEvent} event */
    const drag = (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = enabled ? 'copy' : 'none';
      setOver(enabled);
    };
    /** @param {DragEvent} event */
    const leave = (event) => {
      if (event.relatedTarget === null) setOver(false);
    };
    /** @param {DragEvent} event */
    const drop = (event) => {
      setOver(false);
      if (!holdsFiles(event)) return;
      event.preventDefault();
      const { dataTransfer } = event;
      if (enabled && dataTransfer) void session.run(() => importDrop(session, dataTransfer));
    };
    window.addEventListener('dragenter', drag);
    window.addEventListener('dragover', drag);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragenter', drag);
      window.removeEventListener('dragover', drag);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, [enabled, session]);
  if (!over) return null;
  return (
    <div class="drop" aria-hidden="true">
      <div class="drop-inner">
        <Icon name="folder" />
        Drop a folder or an archive to import it
      </div>
    </div>
  );
}
