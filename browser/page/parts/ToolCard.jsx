import { useState } from 'preact/hooks';
import { bytes } from '../logic/format.js';
import { rewindTo } from '../logic/history.js';
import { mainArgument, tail, toolIcon } from '../logic/toolview.js';
import { CutText } from './CutText.jsx';
import { Icon } from './Icon.jsx';
import { Permission } from './Permission.jsx';
import { useSession } from './useSession.js';

/** @typedef {import('../logic/conversation.js').ToolItem} ToolItem */

/** @type {Record<import('../logic/conversation.js').ToolState, string>} */
const STATES = {
  writing: 'writing input',
  queued: 'queued',
  waiting: 'needs permission',
  running: 'running',
  done: 'done',
  error: 'error',
  denied: 'denied',
  interrupted: 'interrupted',
};

/** Lines of a running command's output that are shown. */
const LIVE_LINES = 12;

/** Whether one can go back to before this call. @typedef {'now' | 'later' | 'never'} Rewind */

/** @param {{ tool: ToolItem, rewind: Rewind }} props */
export function ToolCard({ tool, rewind }) {
  const [open, setOpen] = useState(false);
  const { id, name, state, input } = tool;
  const written = state === 'writing' && tool.bytes > 0 ? ` · ${bytes(tool.bytes)}` : '';
  const body = `tool-body-${id}`;
  return (
    <article class="tool" data-testid="tool-card" data-state={state} data-tool={name} data-id={id}>
      <div class="tool-top">
        <button class="tool-head" aria-expanded={open} aria-controls={body} onClick={() => setOpen(!open)}>
          <Icon name={toolIcon(name)} class="tool-icon" />
          <span class="tool-name">{name}</span>
          <span class="tool-argument mono">{mainArgument(input)}</span>
          <span class="tool-state">
            {state === 'done' && <Icon name="check" />}
            <span class={state === 'done' ? 'unseen' : ''}>{STATES[state] + written}</span>
          </span>
          <Icon name="chevron" class="tool-chevron" />
        </button>
        {rewind !== 'never' && <RewindButton tool={tool} disabled={rewind === 'later'} />}
      </div>
      {state === 'waiting' && <Permission tool={tool} />}
      {tool.output !== '' && (
        <pre class="tool-live" data-testid="tool-live">
          {tail(tool.output, LIVE_LINES)}
        </pre>
      )}
      <div class="tool-body" id={body} hidden={!open}>
        {open && <Body tool={tool} />}
      </div>
    </article>
  );
}

/** @param {{ tool: ToolItem, disabled: boolean }} props */
function RewindButton({ tool, disabled }) {
  const session = useSession();
  const { name, input, checkpoint } = tool;
  const words = `before ${name} ${mainArgument(input)}`.trim();
  return (
    <button
      class="button ghost square tool-rewind"
      aria-label={`Rewind to ${words}`}
      title={disabled ? 'Rewind to before this, when nothing is running' : 'Rewind to before this'}
      data-testid="tool-rewind"
      disabled={disabled}
      onClick={() => session.run(() => rewindTo(session, /** @type {number} */ (checkpoint), words))}
    >
      <Icon name="undo" />
    </button>
  );
}

/** @param {{ tool: ToolItem }} props */
function Body({ tool }) {
  const { input, result, state, decision, reason } = tool;
  return (
    <>
      {decision && (
        <p class="tool-decision quiet">
          {decision === 'deny' ? 'You denied this call' : 'You allowed this call'}
          {decision === 'allow_session' && ' and its like for this session'}
          {reason && `: ${reason}`}.
        </p>
      )}
      <h4>Input</h4>
      {input ? <CutText text={JSON.stringify(input, null, 2)} /> : <p class="quiet">Not complete yet.</p>}
      <h4>{state === 'error' ? 'Error' : 'Result'}</h4>
      {result === null ? (
        <p class="quiet">{state === 'interrupted' ? 'There is none: the turn ended before.' : 'None yet.'}</p>
      ) : (
        <CutText text={result === '' ? '(empty)' : result} testid="tool-result" />
      )}
    </>
  );
}
