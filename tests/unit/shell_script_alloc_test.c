/* Each allocation of a script's run fails once: no crash, no leak; the script's own output, or less of it
 * with a message or another status; and the next command works. */
#include "failing_alloc.h"
#include "machine.h"
#include "runtime/programs.h"

static const char *const scripts[] = {
    "x='a b'; echo $x \"$x\" ${x#a} ${x/b/c} ${x^^} ${#x} ${x:1:1} ${y:-d} ${y:=e} ${!x@} ${x@Q}",
    "a=(1 2 [5]=6); a+=(7); echo \"${a[@]}\" ${!a[@]} ${a[@]:1:2} \"${a[*]/1/x}\"; unset 'a[1]'; declare -p "
    "a",
    "declare -A k=([one]=1 [two]=2); k[three]=3; echo \"${!k[@]}\" \"${k[@]}\"; for i in ${!k[@]}; do echo "
    "$i; done",
    "cat <<E\n$((1 + 2)) $(echo in) `echo old`\nE\ncat <<< \"here $HOME\"; cat <<'E'\n$x\nE",
    "f() { local x=1 y; echo $1 $FUNCNAME; return 3; }; f one; echo $?; declare -f f; g() { f \"$@\"; }; g "
    "two",
    "trap 'echo bye' EXIT; trap 'echo err' ERR; trap 'echo dbg' DEBUG; false; trap - DEBUG; trap 'echo u' "
    "USR1; "
    "kill -USR1 $$",
    "echo one two | tr a-z A-Z | cat | wc -c; { echo a; echo b; } | while read x; do echo \"[$x]\"; done; "
    "echo "
    "${PIPESTATUS[@]}",
    "cat <(echo a) <(echo b); echo c > >(cat); (echo sub; exit 2); echo $?; x=$(echo $(echo deep)); echo $x",
    "touch a1 a2 b1; echo * a? [ab]1 {x,y}{1..3} ~; shopt -s extglob nullglob globstar; echo @(a|b)1 !(a*) "
    "none* **",
    "((x = 1 + 2 * 3, y = x ** 2)); echo $x $y $((x > y ? 1 : 2)) $((a[1] = 5)); let z=x+1; echo $z ${a[1]}",
    "printf '%s|%5d|%x|%q|%b|%(%Y)T\\n' a 1 255 'b c' 'd\\n' 0; printf -v x %s y; echo $x",
    "printf 'a b c\\nd\\\\\\n e\\n' > f; read x y < f; echo $x $y; read -ra w < f; echo ${w[1]}; mapfile -t "
    "m < f; "
    "echo ${#m[@]}; IFS=: read -d x p <<< a:b",
    "for i in 1 2; do for ((j = 0; j < 2; j++)); do echo $i$j; continue 2; done; done; while :; do break; "
    "done; "
    "until true; do :; done",
    "case abc in a*) echo a ;& x) echo x ;;& *b*) echo b ;; esac; if [[ abc =~ (b)(c) ]]; then echo "
    "${BASH_REMATCH[1]}; fi",
    "[[ -f x || ( a < b && abc == a?c ) ]] && echo y; [ 1 -lt 2 -a x = x ] && test ! -d f && echo z",
    "set -- a 'b c' d; shift; echo \"$@\" $# \"$*\"; set -euo pipefail; set +eu; echo $-; getopts ab: o -b "
    "x; echo "
    "$o$OPTARG",
    "echo out > o; echo more >> o; exec 3< o; read x <&3; exec 3<&-; echo $x; { echo err >&2; } 2> e; cat e; "
    "echo "
    "both &> c; echo n {v}> d >&$v",
    "eval 'echo evaluated'; echo 'echo sourced $1' > s; . ./s arg; alias ll=ls; alias; type f echo ls; "
    "command -v "
    "if; hash -r",
    "sleep 0.1 & wait $!; echo $?; jobs; { echo bg; } & wait; coproc cat; echo x >&${COPROC[1]}; "
    "read -t 1 y <&${COPROC[0]}; echo $y",
    "set -x; PS4='+$LINENO '; x=1; a=(1 2); for i in a; do :; done; [[ a == b ]]; set +x",
    "printf 'b 2\\na 1\\nc 3\\n' > f; sort -k2n f | sed 's/\\(.\\) /\\1-/;$d' | tac | nl; grep -n b f; cut "
    "-d' ' -f1 f",
    "mkdir -p d/e; touch d/e/f d/g; find d -name '?' -type f | sort | xargs -n1 echo got; ls -lR d > "
    "/dev/null; rm -r d",
    "declare -i n=2+3; declare -u u=abc; declare -r c=1; declare -n r=n; r=7; echo $n $u; c=2; export e=1; "
    "env | grep ^e=",
    "cd /tmp; pushd / > /dev/null; dirs; popd > /dev/null; cd - > /dev/null; pwd; umask; umask 077; ulimit "
    "-n; times > "
    "/dev/null",
    "f() { f2 \"$(f3)\"; }; f2() { echo \"$1\"; }; f3() { echo three; }; f; unset -f f; f; echo $?",
    "select x in a b; do echo $x; break; done <<< 2; time true 2> /dev/null; echo ${x@A} ${x@a} "
    "${BASH_SOURCE[0]}",
    "x=$'a\\tb\\u20ac'; echo \"$x\" $\"loc\" \"${x//[[:space:]]/_}\"; IFS=,; y='1,2,,3'; printf '<%s>' $y; "
    "echo",
    "echo a{b,c{d,e}}f {a..e..2} {01..03}; echo \"${!x*}\" ${#@} $0 > /dev/null; history; help true > "
    "/dev/null",
    "timeout 5 bash -c 'echo in; exit 4'; echo $?; bash -c 'echo \"$0 $1\"' n a; env X=1 sh -c 'echo $X'",
    "seq 20 | head -n 3; yes | head -n 1; echo abc | od -c | tail -n 1; basename /a/b.c .c; expr 1 + 2; date "
    "-d @0 +%Y",
};

static void open_machine(struct machine *machine)
{
    machine_open(machine, runtime_programs, NULL);
    machine->workspace.memory->tick = 1;
}

static long fail_at;
static bool reached;

static void begin(void)
{
    alloc_fail_at(fail_at);
}

static void end(void)
{
    reached = alloc_has_failed();
    alloc_fail_at(-1);
}

/* The n-th allocation fails, unless the run has fewer; false: it has. */
static bool run(struct machine *machine, const char *script, long n)
{
    machine->begins = begin;
    machine->ends = end;
    fail_at = n;
    machine_try(machine, "1\n2\n", "bash", "-c", script);
    machine->begins = machine->ends = NULL;
    return reached;
}

static unsigned failures;

static void unlike(const char *script, long n, const struct machine *machine, const struct machine *right)
{
    failures++;
    print_error("allocation %ld of %s: nothing was said, but\n%s\ninstead of\n%s", n, script,
                buffer_string(&machine->output), buffer_string(&right->output));
}

/* False: the run has no n-th allocation. */
static bool try_failure(const char *script, long n, const struct machine *right)
{
    struct machine machine;
    bool any;

    open_machine(&machine);
    any = run(&machine, script, n);
    if (machine.status == right->status && machine.errors.size == right->errors.size &&
        strcmp(buffer_string(&machine.output), buffer_string(&right->output)) != 0 &&
        !strstr(buffer_string(&machine.output), "annot allocate memory")) /* it was redirected */
        unlike(script, n, &machine, right);
    machine_try(&machine, NULL, "bash", "-c", "cd / && echo next | cat");
    machine_check(&machine, 0, "next\n", "", __FILE__, __LINE__);
    machine_close(&machine);
    return any;
}

static void every_allocation_may_fail(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct machine right;
        long n = 0;
        open_machine(&right);
        run(&right, scripts[i], -1);
        while (try_failure(scripts[i], n, &right)) n++;
        assert_true(n > 20);
        machine_close(&right);
    }
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
