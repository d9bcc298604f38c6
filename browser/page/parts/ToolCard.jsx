import { useState } from 'preact/hooks';
import { bytes } from '../logic/format.js';
import { mainArgument, toolIcon } from '../logic/toolview.js';
import { CutText } from './CutText.jsx';
import { Icon } from './Icon.jsx';
import { Permission } from './Permission.jsx';

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

/** @param {{ tool: ToolItem }} props */
export function ToolCard({ tool }) {
  const [open, setOpen] = useState(false);
  const { id, name, state, input } = tool;
  const written = state === 'writing' && tool.bytes > 0 ? ` · ${bytes(tool.bytes)}` : '';
  const body = `tool-body-${id}`;
  return (
    <article class="tool" data-testid="tool-card" data-state={state} data-tool={name} data-id={id}>
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
      {state === 'waiting' && <Permission tool={tool} />}
      <div class="tool-body" id={body} hidden={!open}>
        {open && <Body tool={tool} />}
      </div>
    </article>
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
