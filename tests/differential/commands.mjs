/**
 * Random scripts. What is left out, and why: process ids and times, which differ; messages (they are not compared);
 * what is read and written at the same time by two commands, as its order is nobody's promise; and what is listed
 * with `unlike` beside it.
 */
import { anyWord, ARRAYS, expression, pattern, SCALARS, words } from './words.mjs';
import { list, statement, textOf, word } from './tree.mjs';

/** @typedef {import('./random.mjs').Random} Random */
/** @typedef {import('./tree.mjs').Node} Node */

/** The files that each script finds: they are made by itself. */
export const PREAMBLE = [
  'p() { local w; for w; do printf "<%s>" "$w"; done; echo " $#"; }',
  'mkdir -p d/s; printf "one\\ntwo 2\\n  three  3\\n" > f.txt; echo b:c > b.txt; : > d/e.c; : > d/s/g.txt',
  'x="foo bar" y="a*b" z= n=5 r=x; a=(zero "one 1" three) b=([2]=p [5]="q  q")',
  'declare -A k=([one]=1); set -- arg1 "arg 2" ""; shopt -s extglob',
  '',
].join('\n');

/** @param {Random} random @param {number} depth @returns {Node} */
function assignment(random, depth) {
  const name = random.pick(SCALARS);
  const array = random.pick(ARRAYS);
  const value = () => anyWord(random, depth);
  return random.pick([
    () => statement`${name}=${value()}`,
    () => statement`${name}=${value()} ${random.pick(SCALARS)}=${value()}`,
    () => statement`${name}+=${value()}`,
    () => statement`${array}=(${words(random, depth)})`,
    () => statement`${array}+=(${words(random, depth)})`,
    () => statement`${array}[${random.pick(['0', '1', 'n', '3+1', '-1', '$n'])}]=${value()}`,
    () => statement`${array}[1]+=${value()}`,
    () => statement`${array}=([1]=${value()} ${value()} [0]=${value()})`,
    () => statement`k[${random.pick(['one', '"two words"', '$x'])}]=${value()}`,
    () => statement`n=$((${expression(random, 2)}))`,
    () => statement`unset ${random.pick([name, array, "'a[1]'", "'b[2]'", "'k[one]'", 'z y'])}`,
    () => statement`r=${random.pick(['x', 'y', 'a[1]', 'b[@]'])}`,
    () => statement`IFS=${random.pick([':', "' '", "''", "$' \\t\\n'", 'o'])}`,
    () => statement`export ${name}=${value()}`,
  ])();
}

/** @param {Random} random @param {number} depth @returns {Node} */
function output(random, depth) {
  const some = () => words(random, depth);
  const one = () => anyWord(random, depth);
  return random.pick([
    () => statement`p${some()}`,
    () => statement`p${some()}`,
    () => statement`p${some()}`,
    () => statement`echo${some()}`,
    () => statement`echo -${random.pick(['n', 'e', 'en'])} ${one()}`,
    () =>
      statement`printf '${random.pick(['%s\\n', '[%s]', '%5s|', '%-4s|', '%.2s|', '%b\\n', '%q '])}'${some()}`,
    () =>
      statement`printf '${random.pick(['%d|', '%03d|', '%x|', '%+d|', '%c|', '%o|'])}' ${random.below(300)} 0x1f`,
    () => statement`printf -v ${random.pick(['x', 'y', "'a[1]'"])} '%s-' ${one()}`,
    () => statement`declare -p ${random.pick(['x', 'y', 'a', 'b', 'n', 'k', 'e'])}`,
    () => statement`echo "$? $#"`,
    () => statement`echo "${'${PIPESTATUS[@]}'}"`,
    () => statement`p "${'${!a[@]}'}" "${'${!b[@]}'}"`,
  ])();
}

/** @param {Random} random @param {number} depth @returns {Node} */
function condition(random, depth) {
  // unlike: what may be read as an operator (-n); of that bash 5.2 says that it is wrong, with the status 0
  const one = () => word`x${anyWord(random, depth)}`;
  return random.pick([
    () => statement`[[ ${one()} ${random.pick(['==', '!=', '='])} ${pattern(random)} ]]`,
    () => statement`[[ ${random.pick(['-n', '-z'])} ${one()} ${random.pick(['&&', '||'])} ${one()} ]]`,
    () => statement`[[ ${one()} ${random.pick(['<', '>'])} ${one()} ]]`,
    () => statement`[[ ! ( -v ${random.pick(['x', 'e', 'a[1]', 'b[2]'])} && ${one()} ) ]]`,
    () =>
      statement`[[ ${one()} =~ ${random.pick(['^f', 'o+', '[0-9]+$', '(a)(b)?', '"."', '^$', 'a|b'])} ]] && p "${'${BASH_REMATCH[@]}'}"`,
    () => statement`[ "$x" ${random.pick(['=', '!=', '\\<'])} ${random.pick(['"$y"', 'foo', '""'])} ]`,
    () =>
      statement`[ ${random.pick(['-e', '-f', '-d', '-s', '-r'])} ${random.pick(['f.txt', 'd', 'd/e.c', 'none', '"$x"'])} ]`,
    () => statement`test $n -${random.pick(['eq', 'ne', 'lt', 'ge'])} ${random.below(9)}`,
    () => statement`((${expression(random, 2)}))`,
    () => statement`${random.pick(['true', 'false', ':', '! true', '! false'])}`,
    () => statement`case ${one()} in ${pattern(random)}) true ;; *) false ;; esac`,
  ])();
}

/** @param {Random} random @param {number} depth @returns {Node} */
function reading(random, depth) {
  const one = () => anyWord(random, depth);
  const options = random.pick(['', '-r ', '-d : ', '-n 3 ', '-N 2 ']);
  const names = random.pick(['x', 'x y', 'x y z', '']);
  const body = () => word`${anyWord(random, depth)} line
  ${random.pick(['$x', '${y}', '$(echo in)', '`echo in`', '\\$x', '"q"', 'tail\\'])}
	tabs`;
  return random.pick([
    () => statement`read ${options}${names} <<< ${one()}; p "$x" "$y" "$z" "$REPLY"`,
    () =>
      statement`IFS=${random.pick([':', "', '", "''", 'o'])} read ${options}${names} <<< ${one()}; p "$x" "$y" "$REPLY"`,
    () => statement`read ${random.chance(0.5) ? '-r ' : ''}-a a <<< ${one()}; p "${'${a[@]}'}"`,
    () =>
      statement`mapfile ${random.pick(['', '-t ', '-n 1 ', '-s 1 -t ', '-O 2 -t '])}a < f.txt; p "${'${a[@]}'}"`,
    () => statement`{ cat; } ${random.pick(['<<E', '<<-E', "<<'E'", '<<"E"'])}
${body()}
E
`,
    () =>
      statement`while ${random.pick(['', 'IFS= ', 'IFS=: '])}read ${random.pick(['-r ', ''])}x y; do p "$x" "$y"; done < f.txt`,
    () => statement`read x <<E
${body()}
E
p "$x"`,
    // unlike: cat <<< $((n++)), as bash expands the redirections of a program in the child
    () => statement`{ cat; } <<< ${one()}`,
  ])();
}

/** @param {Random} random @param {number} depth @returns {Node} */
function redirected(random, depth) {
  const file = random.pick(['o1', 'o2', 'd/o3']);
  const plain = () => output(random, depth - 1);
  return random.pick([
    () => statement`${plain()} > ${file}; cat ${file}`,
    () => statement`${plain()} >> o1; cat o1`,
    () => statement`{ ${plain()}; ${plain()}; } > o2; cat < o2`,
    () => statement`exec 3> o1; ${plain()} >&3; exec 3>&-; cat o1`,
    () => statement`exec {fd}> o2; ${plain()} >&$fd; exec {fd}>&-; cat o2`,
    () => statement`${plain()} 2> /dev/null`,
    () => statement`cat none 2> /dev/null || echo failed $?`,
    () => statement`cat <(${plain()}) <(${plain()})`,
    () => statement`${plain()} > /dev/null`,
    () => statement`cat < none 2> /dev/null; echo $?`,
    () => statement`set -C; echo over > o1; echo more >| o1; echo $?; set +C; cat o1`,
    () => statement`echo both &> o1; cat o1`,
    () => statement`ls ${random.pick(['', '-a', 'd', '-R', '*'])}`,
  ])();
}

/** @param {Random} random @param {number} depth @returns {Node} */
function pipeline(random, depth) {
  const stage = () =>
    random.pick([
      'cat',
      'sort',
      'sort -r',
      'tr a-z A-Z',
      "sed 's/o/0/g'",
      "sed -n '$p'",
      'wc -l | tr -d " "',
      'cat -n',
      'uniq -c',
      'grep -c o',
      'grep o',
      'tail -n 1',
      'cut -c 1-4',
      'tac',
      'xargs echo',
      'while read -r l; do echo "[$l]"; done',
      '{ read -r x; echo "$x"; cat; }',
      'rev',
      'nl',
    ]);
  const first = output(random, depth);
  const negated = random.chance(0.15) ? '! ' : '';
  if (random.chance(0.3)) return statement`${negated}{ ${first}; ${output(random, depth)}; } | ${stage()}`;
  return random.chance(0.5)
    ? statement`${negated}${first} | ${stage()}`
    : statement`${negated}${first} | ${stage()} | ${stage()}; echo "${'${PIPESTATUS[@]}'}"`;
}

/** @param {Random} random @param {number} depth @returns {Node} */
function loop(random, depth) {
  const body = () => block(random, depth - 1);
  const name = random.pick(['v', 'x']);
  const leave = random.pick(['', 'break', 'continue', '((i > 1)) && break', '[[ $v == a* ]] && continue']);
  return random.pick([
    () => statement`for ${name} in${words(random, depth - 1)}
do
p "$${name}"
${leave}
${body()}
done`,
    () => statement`for v
do p "$v"
${body()}
done`,
    () => statement`for ((i = 0; i < ${1 + random.below(3)}; i++)); do
${body()}
${leave}
done`,
    () => statement`i=0
while ((i++ < ${random.below(4)})) && ${condition(random, 1)}
do
${body()}
done`,
    () => statement`i=3
until ((--i < 0)); do
${body()}
${leave}
done`,
  ])();
}

/** @param {Random} random @param {number} depth @returns {Node} */
function choice(random, depth) {
  const body = () => block(random, depth - 1);
  return random.pick([
    () => statement`if ${condition(random, 1)}
then
${body()}
else
${body()}
fi`,
    () => statement`if ${condition(random, 1)}; then
${body()}
elif ${condition(random, 1)}; then
${body()}
fi`,
    () => statement`case ${anyWord(random, 2)} in
${pattern(random)} | ${pattern(random)})
${body()}
${random.pick([';;', ';&', ';;&'])}
(${pattern(random)})
${body()} ;;
*) echo default
esac`,
    () => statement`${condition(random, 1)} && ${output(random, 1)} || ${output(random, 1)}`,
    () => statement`${condition(random, 1)} || ${output(random, 1)}`,
  ])();
}

/** @param {Random} random @param {number} depth @returns {Node} */
function grouped(random, depth) {
  const body = () => block(random, depth - 1);
  return random.pick([
    () => statement`(
${body()}
)`,
    () => statement`{
${body()}
}`,
    () => statement`(
${body()}
exit ${random.below(4)}
); echo $?`,
    () => {
      const inner = body();
      // unlike: here-documents within $(…), whose commands bash 5.2 prints and reads again, and not always rightly
      return textOf(inner).includes('<<')
        ? statement`:`
        : statement`x=$(
${inner}
); p "$x" $?`;
    },
    () => statement`{
${body()}
} | cat`,
    () => statement`{
${body()}
} > o1; cat o1`,
    // unlike: eval of what ends within quotes, after which bash does not read on as it should
    () => statement`eval ${random.pick(["'p $x'", '\'y=1; p "$y"\'', '"p \\"\\$@\\""'])}`,
    () => statement`{
${body()}
} & wait $!; echo $?`,
  ])();
}

/** @param {Random} random @param {number} depth @returns {Node} */
function functional(random, depth) {
  const body = () => block(random, depth - 1);
  const name = random.pick(['f', 'g', 'h']);
  const inner = name === 'f' ? ':' : name === 'g' ? 'f "$@"' : 'g inner "$1"';
  return random.pick([
    () => statement`${name}() {
local ${random.pick(['x', 'y=1', 'x=in z', '-a a=(l1 l2)', '-i n=3+4', 'a'])}
${body()}
${random.chance(0.3) ? inner : ':'}
${random.pick(['', 'return', `return ${random.below(5)}`, 'shift', 'set -- new'])}
}
${name}${words(random, depth - 1)}
echo $?`,
    () => statement`function ${name} {
${body()}
}
${name} ${anyWord(random, 1)}`,
    () => statement`${name}() ( ${output(random, 1)} )
${name}${words(random, 1)}; x=temp ${name} 2`,
    () => statement`x=temp p "$x"; y=temp eval 'p "$y"'`,
    () => statement`set --${words(random, depth - 1)}; p "$@"; shift; p "$*"`,
    () => statement`f() { echo "$FUNCNAME ${'${#FUNCNAME[@]}'}"; }; f`,
    () =>
      statement`set -- -a -b val rest; while getopts ${random.pick(['ab:', ':ab', 'b:'])} o 2> /dev/null; do p "$o" "$OPTARG" $OPTIND; done; OPTIND=1`,
  ])();
}

/** @param {Random} random @param {number} depth @returns {Node} */
function setting(random, depth) {
  return random.pick([
    () =>
      statement`shopt -s ${random.pick(['nullglob', 'dotglob', 'globstar', 'nocasematch', 'lastpipe', 'nocaseglob', 'failglob'])}`,
    () => statement`shopt -u nullglob nocasematch failglob`,
    () =>
      statement`set ${random.pick(['-e', '-u', '-f', '-o pipefail', '+e', '+u', '+f', '+o pipefail', '-E'])}`,
    () => statement`trap ${random.pick(["'echo bye $?'", '\'p "$x"\'', '-'])} EXIT`,
    () => statement`trap ${random.pick(["'echo err $?'", '-'])} ERR`,
    () => statement`trap 'echo usr' USR1; kill -USR1 $BASHPID; echo after`,
    () =>
      statement`declare ${random.pick(['-i n=2+3', '-u x=${x}', '-l y=ABC', '-a a=(5 6)', '-A k=([q]=1)', '-x x', '-r c=1', '-n m=x'])}`,
    () => statement`m=${anyWord(random, 1)}; p "$m" "$x"`,
    () => statement`let "n ${random.pick(['+=', '*=', '='])} ${expression(random, 1)}"; p $n`,
    () => statement`cd d; ${output(random, depth - 1)}; cd ..`,
    () => statement`pushd d > /dev/null; ls; popd > /dev/null`,
    () =>
      statement`${random.pick(['declare -f f', 'type p', 'type -t p cd cat if none', 'command -v p cd if'])}`,
    () => statement`command ${output(random, 1)}`,
    () => statement`${output(random, 1)} & wait; echo $?`,
    () => statement`trap 'echo dbg' DEBUG; :; trap - DEBUG`,
    () => statement`f() { return 3; }; f; trap 'echo ret' RETURN; f; trap - RETURN`,
  ])();
}

/** @param {Random} random @param {number} depth @returns {Node} */
export function command(random, depth) {
  if (depth <= 0) return output(random, 1);
  const kinds = [assignment, assignment, output, output, output, condition, reading, redirected, pipeline];
  const nested = [loop, choice, choice, grouped, functional, setting];
  return random.pick(depth > 1 ? [...kinds, ...nested] : kinds)(random, depth);
}

/** @param {Random} random @param {number} depth @returns {Node} */
function block(random, depth) {
  return list(Array.from({ length: 1 + random.below(3) }, () => command(random, depth)));
}

/** A script with its preamble. @param {Random} random @returns {Node} */
export function script(random) {
  const statements = Array.from({ length: 2 + random.below(6) }, () => command(random, 3));
  const last = statement`p "$x" "$y" "${'${a[@]}'}" "${'${b[@]}'}"`;
  return { kind: 'word', parts: [PREAMBLE, list([...statements, last])] };
}
