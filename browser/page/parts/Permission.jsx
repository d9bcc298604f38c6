import { useEffect, useRef, useState } from 'preact/hooks';
import { previewOf } from '../logic/toolview.js';
import { CutText } from './CutText.jsx';
import { EditPreview } from './EditPreview.jsx';
import { Icon } from './Icon.jsx';
import { useSession } from './useSession.js';

/** Milliseconds in which a prompt takes no answer: a click meant for what stood there before must not be one. */
const ARM_AFTER = 300;

/**
 * Asks whether a call may run. It takes the focus only from nowhere: an Enter meant for the composer must not allow
 * anything. With the focus inside, Enter allows once and Escape denies.
 * @param {{ tool: import('../logic/conversation.js').ToolItem }} props
 */
export function Permission({ tool }) {
  const session = useSession();
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [reason, setReason] = useState('');
  const [sent, setSent] = useState(false);
  const [armed, setArmed] = useState(false);
  const { id, name, input } = tool;
  const preview = previewOf(name, input);

  useEffect(() => {
    const timer = setTimeout(() => setArmed(true), ARM_AFTER);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    if (document.activeElement === document.body) box.current?.focus({ preventScroll: true });
  }, []);

  /** @param {import('../../client/umbra.js').Decision} decision */
  const decide = (decision) => {
    if (sent || !armed) return;
    setSent(true);
    void session.run(async () => {
      try {
        await session.decide(id, decision, decision === 'deny' ? reason.trim() || undefined : undefined);
      } catch (error) {
        setSent(false);
        throw error;
      }
    });
  };

  /** @param {KeyboardEvent} event */
  const key = (event) => {
    const { target } = event;
    if (event.isComposing) return;
    if (event.key === 'Escape') decide('deny');
    else if (event.key === 'Enter' && target === box.current) decide('allow');
    else if (event.key === 'Enter' && target instanceof HTMLInputElement) decide('deny');
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      class="permission"
      ref={box}
      role="group"
      tabIndex={-1}
      aria-label={`Permission: ${tool.summary || name}`}
      data-testid="permission"
      onKeyDown={key}
    >
      <p class="permission-summary">
        <Icon name="shield" />
        <span>{tool.summary || `${name} wants to run`}</span>
      </p>
      {preview?.kind === 'command' && <CutText text={preview.text} lines={14} />}
      {preview?.kind === 'write' && (
        <CutText text={preview.text === '' ? '(empty file)' : preview.text} lines={14} />
      )}
      {preview?.kind === 'edit' && <EditPreview edit={preview} />}
      {!preview && <CutText text={JSON.stringify(input, null, 2)} lines={10} />}
      <div class="permission-actions">
        <button
          class="button primary"
          data-testid="permission-allow"
          disabled={sent || !armed}
          onClick={() => decide('allow')}
        >
          Allow once
        </button>
        <button
          class="button"
          data-testid="permission-allow-session"
          disabled={sent || !armed}
          onClick={() => decide('allow_session')}
        >
          Allow for this session
        </button>
        <span class="permission-deny">
          <button
            class="button"
            data-testid="permission-deny"
            disabled={sent || !armed}
            onClick={() => decide('deny')}
          >
            Deny
          </button>
          <input
            class="field"
            type="text"
            aria-label="Reason for denying, optional"
            placeholder="Reason (optional)"
            data-testid="permission-reason"
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </span>
      </div>
      <p class="permission-keys quiet">
        <kbd>Enter</kbd> allow once, <kbd>Esc</kbd> deny
      </p>
    </div>
  );
}
