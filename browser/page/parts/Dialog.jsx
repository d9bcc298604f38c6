import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * A modal dialog that is open as long as it is drawn. Escape and a click beside it close it.
 * @param {{ label: string, class: string, onClose: () => void, children: import('preact').ComponentChildren }} props
 */
export function Dialog({ label, class: className, onClose, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${className}`}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div class="dialog-inner">{children}</div>
    </dialog>
  );
}
