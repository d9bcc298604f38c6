import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { count } from '../logic/format.js';
import { Announcer } from './Announcer.jsx';
import { Icon } from './Icon.jsx';
import { Item } from './Item.jsx';

/** Items drawn at first, and more with each click. */
const WINDOW = 150;
/** So near to the end still counts as the end. */
const SLACK = 48;

/**
 * `kept`: the states that one can rewind to; `calm`: whether one may now.
 * @param {{ talk: import('../logic/conversation.js').Conversation, kept: import('../logic/session.js').Kept,
 *   calm: boolean }} props
 */
export function Conversation({ talk, kept, calm }) {
  const scroller = useRef(/** @type {HTMLDivElement | null} */ (null));
  const content = useRef(/** @type {HTMLDivElement | null} */ (null));
  const stuck = useRef(true);
  const top = useRef(0);
  const [away, setAway] = useState(false);
  const [shown, setShown] = useState(WINDOW);
  const { items } = talk;
  const hidden = Math.max(0, items.length - shown);

  const follow = () => {
    const element = scroller.current;
    if (element && stuck.current) element.scrollTop = element.scrollHeight;
  };
  const scrolled = () => {
    const element = scroller.current;
    if (!element) return;
    // Only a move upwards lets go: content that grew since the last frame must not.
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < SLACK;
    if (atEnd) stuck.current = true;
    else if (element.scrollTop < top.current) stuck.current = false;
    top.current = element.scrollTop;
    setAway(!stuck.current);
  };
  const jump = () => {
    stuck.current = true;
    setAway(false);
    follow();
  };
  const prompts = items.filter((item) => item.kind === 'user').length;
  useLayoutEffect(jump, [prompts]);
  useLayoutEffect(follow, [items]);
  useEffect(() => {
    const observer = new ResizeObserver(follow);
    if (content.current) observer.observe(content.current);
    if (scroller.current) observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);

  return (
    <div class="talk-scroll-frame">
      <div
        class="talk-scroll"
        ref={scroller}
        onScroll={scrolled}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Messages"
      >
        <div class="talk-items" ref={content}>
          {items.length === 0 && <Empty />}
          {hidden > 0 && (
            <button class="button ghost earlier" onClick={() => setShown(shown + WINDOW)}>
              Show earlier messages ({count(hidden)})
            </button>
          )}
          {items.slice(hidden).map((item, index, all) => (
            <Item
              key={item.key}
              item={item}
              last={index === all.length - 1}
              rewind={canRewind(item, kept) ? (calm ? 'now' : 'later') : 'never'}
            />
          ))}
          {talk.running && <Working items={items} />}
        </div>
      </div>
      {away && (
        <button class="button jump" data-testid="jump" onClick={jump}>
          <Icon name="arrowDown" />
          Jump to latest
        </button>
      )}
      <Announcer talk={talk} />
    </div>
  );
}

/**
 * Whether the state before a call is kept; what is newer than the list of them is.
 * @param {import('../logic/conversation.js').Item} item
 * @param {import('../logic/session.js').Kept} kept
 */
function canRewind(item, { numbers, last }) {
  if (item.kind !== 'tool' || item.checkpoint === null || item.state === 'denied') return false;
  return item.checkpoint > last || numbers.has(item.checkpoint);
}

/** @param {{ items: readonly import('../logic/conversation.js').Item[] }} props */
function Working({ items }) {
  const last = items.at(-1);
  if (last?.kind === 'text' && last.draft) return null;
  if (
    last?.kind === 'tool' &&
    (last.state === 'waiting' || last.state === 'writing' || last.state === 'running')
  ) {
    return null;
  }
  return (
    <p class="working quiet">
      <span class="pulse" /> Working
    </p>
  );
}

function Empty() {
  return (
    <div class="talk-empty">
      <h2>What should change?</h2>
      <p class="quiet">
        Ask about the project or for an edit. The agent works on the shadow workspace; what it changes appears
        in the changeset, for you to review.
      </p>
    </div>
  );
}
