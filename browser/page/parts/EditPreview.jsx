import { head } from '../logic/toolview.js';

const LINES = 12;

/**
 * The text that an edit takes out and the text that it puts in.
 * @param {{ edit: { before: string, after: string, all: boolean } }} props
 */
export function EditPreview({ edit }) {
  return (
    <div class="edit-preview" tabIndex={0}>
      {edit.all && <p class="edit-note quiet">Every occurrence is replaced.</p>}
      <Lines sign="−" kind="removed" text={edit.before} />
      <Lines sign="+" kind="added" text={edit.after} />
    </div>
  );
}

/** @param {{ sign: string, kind: string, text: string }} props */
function Lines({ sign, kind, text }) {
  const { shown, hidden } = head(text, LINES);
  if (text === '') return null;
  return (
    <>
      {shown.split('\n').map((line, index) => (
        <div key={index} class="edit-line" data-kind={kind}>
          <span class="sign">{sign}</span>
          <span>{line}</span>
        </div>
      ))}
      {hidden > 0 && (
        <div class="edit-line quiet" data-kind={kind}>
          <span class="sign">{sign}</span>
          <span>… {hidden} more, see the input below</span>
        </div>
      )}
    </>
  );
}
