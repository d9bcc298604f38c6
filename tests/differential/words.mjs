/** The words of random scripts: quoting, expansions, patterns, arithmetic. */
import { textOf, word } from './tree.mjs';

/** @typedef {import('./random.mjs').Random} Random */
/** @typedef {import('./tree.mjs').Node} Node */

/** Names that scripts set; e is never set, n holds a number, r another's name, k is an associative array. */
export const SCALARS = ['x', 'y', 'z'];
export const ARRAYS = ['a', 'b'];
const ALL = [...SCALARS, ...ARRAYS, 'n', 'e'];

const PLAIN = ['wx', 'foo', 'bar', 'a', 'b', '1', '-n', '42', 'Ab', 'f.txt', 'a=b', 'é', ':', '-', '.'];
const QUOTED = [
  "'a b'",
  '"x  y"',
  "''",
  '""',
  "$'t\\tb'",
  "$'\\x41\\n'",
  '\\*',
  'a\\ b',
  '"*"',
  "'$x'",
  '"\\$x"',
  '"a\\"b"',
  '"`echo in`"',
  "'a:b'",
  'p:q:r',
  '" lead"',
  '"é ü"',
];
const GLOBS = ['*.txt', 'd/*', '[ab]*', '?', 'f?.txt', '*', 'no*such', 'd/[!s]*', '*/', '[[:alpha:]]'];

/** @param {Random} random @param {number} depth @returns {string} */
export function expression(random, depth) {
  const below = () => expression(random, depth - 1);
  if (depth <= 0 || random.chance(0.3))
    return random.pick([
      '0',
      '1',
      '2',
      '7',
      '10',
      '-3',
      '010',
      '0x1f',
      'n',
      'i',
      '2#101',
      '(n + 1)',
      '${#x}',
    ]);
  // A division by what may be 0 ends scripts early, and the counters of loops are not changed.
  const binary = [
    '+',
    '-',
    '*',
    '<',
    '<=',
    '>',
    '>=',
    '==',
    '!=',
    '&',
    '|',
    '^',
    '&&',
    '||',
    ',',
    '<< 1 +',
    '>>',
  ];
  return random
    .pick([
      () => `${below()} ${random.pick(binary)} ${below()}`,
      () => `(${below()})`,
      () => `${random.pick(['-', '+', '!', '~', '- -'])}${below()}`,
      () => `${below()} ? ${below()} : ${below()}`,
      () => `${random.pick(['n++', 'n--', '++n', '--n'])}`,
      () =>
        `n ${random.pick(['=', '+=', '-=', '*=', '|=', '^=', '%=5 +'])} ${below()}`.replace('%=5 +', '= 5 +'),
      () => `${below()} ${random.pick(['/', '%'])} ${random.pick(['2', '3', '-5', '7'])}`,
      () => `${random.below(5)} ** ${random.below(4)}`,
      () => `a[${random.below(3)}]`,
    ])()
    .replace('>> -', '>> 1 + -');
}

/** A pattern, as in case and ${x#…}. @param {Random} random @returns {Node} */
export function pattern(random) {
  return random.pick([
    () =>
      word`${random.pick(['*', 'a*', '*b', '?', '[a-c]', '[!a]*', 'foo', '*o*', '[[:digit:]]', '??', '\\*', "'*'"])}`,
    () => word`${random.pick(['@(foo|b*)', '*(a)', '+([0-9])', '?(a)b', '!(foo)', '*.@(txt|c)'])}`,
    () => word`${random.pick(['$x', '"$x"', '"$y"*', '$y'])}`,
    () => word`${random.pick(PLAIN)}`,
  ])();
}

/** @param {Random} random */
const subscript = (random) => random.pick(['0', '1', '2', '-1', '@', '*', 'n', '1+1', '$n', '5']);

/** What stands behind the name in ${…}. @param {Random} random @param {number} depth @param {boolean} quoted */
function operator(random, depth, quoted) {
  const value = () => {
    const any = anyWord(random, depth - 1);
    // unlike: ${x:-{a,b}}, in which bash counts the braces as text
    return random.chance(0.5) && !/(^|[^$])\{/.test(textOf(any)) ? any : word`${random.pick(PLAIN)}`;
  };
  return random.pick([
    () => word``,
    () => word`${random.pick([':-', '-', ':+', '+', ':=', '='])}${value()}`,
    () => word`${random.pick(['#', '##', '%', '%%'])}${pattern(random)}`,
    () =>
      word`${random.pick(['/', '//', '/#', '/%'])}${pattern(random)}/${random.pick(['', 'R', '[&]', '\\&', '$y', '"$y"', 'a b'])}`,
    () => word`${random.pick(['^', '^^', ',', ',,'])}${random.chance(0.3) ? pattern(random) : ''}`,
    () => word`:${random.pick(['0', '1', '2', ' -1', ' -2', 'n'])}`,
    () => word`:${random.pick(['0', '1', ' -2'])}:${random.pick(['0', '1', '2', '10', '-1'])}`,
    () => word`@${random.pick(['Q', 'U', 'u', 'L', 'E'])}`,
    () =>
      word`${quoted ? '' : random.pick(['-', ':-'])}${quoted ? '' : random.pick(['"a b"', "'a b'", 'a b', '$x', '"$@"', '*'])}`,
  ])();
}

/** @param {Random} random @param {number} depth @param {boolean} quoted @returns {Node} */
function parameter(random, depth, quoted) {
  return random.pick([
    () => word`$${random.pick(ALL)}`,
    () => word`$${random.pick(['@', '*', '#', '1', '2', '3', '?', '-'].slice(0, 7))}`,
    () => word`${'${'}${random.pick(ALL)}${operator(random, depth, quoted)}}`,
    () => word`${'${'}${random.pick(SCALARS)}${operator(random, depth, quoted)}}`,
    () =>
      word`${'${'}${random.pick(ARRAYS)}[${subscript(random)}]${assigning(operator(random, depth, quoted))}}`,
    // unlike: "${*OP}" beside "$@" in one pair of quotes, which bash 5.2 takes for "${@OP}"
    () =>
      word`${'${'}${random.pick(['@', quoted ? '@' : '*', '1', '2'])}${assigning(operator(random, depth, quoted))}}`,
    () => word`${'${#'}${random.pick([...ALL, 'a[@]', 'b[*]', 'a[0]', '@', '*', '1', 'k[@]'])}}`,
    // unlike: ${!b[*]} with an empty IFS, which bash joins with spaces, and x=${!b[@]}, which it joins with IFS
    () => word`${'${!'}${random.pick([...(quoted ? ['a[@]', 'b[@]'] : []), 'r', 'r:-w', 'r#a', 'r//a/R'])}}`,
    () => word`${'${k['}${random.pick(['one', '"two words"', '$x', 'none'])}]}`,
  ])();
}

/** `:=` on what cannot be assigned so ends a script. @param {Node} node */
function assigning(node) {
  return /^:?=/.test(textOf(node)) ? word`` : node;
}

/** A command whose output is taken. @param {Random} random @param {number} depth */
function substituted(random, depth) {
  const inner = () => anyWord(random, depth - 1);
  return random.pick([
    () => word`echo ${inner()}`,
    () => word`printf '%s\\n' ${inner()} ${inner()}`,
    () => word`cat f.txt`,
    () => word`echo ${inner()} | tr a-z A-Z`,
    () => word`x=${inner()}; echo "$x$x"`,
    () => word`printf '%s:' "$@"`,
    () => word`set -- ${inner()}; echo $#`,
    () => word`false`,
    () => word`exit 3`,
  ])();
}

/** @param {Random} random @param {number} depth @returns {Node} */
function doubleQuoted(random, depth) {
  const parts = Array.from({ length: 1 + random.below(3) }, () =>
    random.pick([
      () => word`${random.pick(['a', ' ', 'b c', '\\\\', '\\$', "'", '*', '~', '{a,b}', 'é', '\\n', ':'])}`,
      () => parameter(random, depth - 1, true),
      () => word`$((${expression(random, 1)}))`,
      () => word`$(${substituted(random, depth - 1)})`,
    ])(),
  );
  return { kind: 'word', parts: ['"', ...parts, '"'] };
}

/** @param {Random} random @param {number} depth @returns {Node} */
export function anyWord(random, depth) {
  if (depth <= 0) return random.chance(0.6) ? word`${random.pick(PLAIN)}` : word`${random.pick(QUOTED)}`;
  return random.pick([
    () => word`${random.pick(PLAIN)}`,
    () => word`${random.pick(QUOTED)}`,
    () => word`${random.pick(GLOBS)}`,
    () => parameter(random, depth, false),
    () => parameter(random, depth, false),
    () => doubleQuoted(random, depth),
    () => doubleQuoted(random, depth),
    () => word`$((${expression(random, 2)}))`,
    () => word`$(${substituted(random, depth)})`,
    // unlike: braces within ${…} within braces, which bash counts as letters
    () => word`{${random.pick(PLAIN)},${anyWord(random, 0)}}${random.pick(['', 'x'])}`,
    () =>
      word`${random.pick(['{1..3}', 'a{b,c}d', '{a..e..2}', '{3..1}', '{x}', '{a,}', '{01..03}', '{,}'])}`,
    () => word`${anyWord(random, depth - 1)}${anyWord(random, depth - 1)}`,
    () => word`${random.pick(['~', '~/a', '"~"', 'a~'])}`,
  ])();
}

/** @param {Random} random @param {number} depth */
export function words(random, depth) {
  const count = random.below(4);
  return word`${{ kind: 'word', parts: Array.from({ length: count }, () => [' ', anyWord(random, depth)]).flat() }}`;
}
