import { useState } from 'preact/hooks';
import { count } from '../logic/format.js';
import { head } from '../logic/toolview.js';

/**
 * Plain text, cut after some lines, with a button for more.
 * @param {{ text: string, lines?: number, testid?: string }} props
 */
export function CutText({ text, lines = 24, testid }) {
  const [limit, setLimit] = useState(lines);
  const { shown, hidden } = head(text, limit);
  return (
    <div class="cut">
      <pre class="cut-text" tabIndex={0} data-testid={testid}>
        {shown}
      </pre>
      {hidden > 0 && (
        <button class="button ghost more" onClick={() => setLimit(limit * 8)}>
          Show more ({count(hidden)} {hidden === 1 ? 'line' : 'lines'} hidden)
        </button>
      )}
    </div>
  );
}
