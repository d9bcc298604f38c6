import { Dialog } from './Dialog.jsx';

/** @param {{ question: import('../logic/session.js').Question }} props */
export function Confirm({ question }) {
  const { title, text, action, danger, answer } = question;
  return (
    <Dialog label={title} class="confirm" onClose={() => answer(false)}>
      <h2>{title}</h2>
      <p class="breakable">{text}</p>
      <div class="dialog-actions">
        <button class="button" data-testid="confirm-no" onClick={() => answer(false)}>
          Cancel
        </button>
        <button
          class={danger ? 'button danger' : 'button primary'}
          data-testid="confirm-yes"
          onClick={() => answer(true)}
        >
          {action}
        </button>
      </div>
    </Dialog>
  );
}
