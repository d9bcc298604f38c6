/* What the random scripts of tests/differential once found to be unlike bash 5.2, and fuzzing to be wrong:
 * each script is run by both, and output, messages, status and files are compared. */
#include <stdlib.h>

#include "counterpart.h"
#include "runtime/programs.h"

static const char *const errors[] = {
    "echo $((1/0)); echo not\necho \"${PIPESTATUS[@]}\"\nf() { echo $((1/0)); echo not; }; f; echo not\necho "
    "$?",
    "exec 2> e; eval 'echo $((1/0)); echo not\necho next'; echo same; (echo $((1/0))\necho not); echo $?; rm "
    "e",
    "exec 2> e; eval 'echo ${a[1/0]}\necho not'; echo not\necho $?; x=$(echo $((1/0))\necho not); echo $?; "
    "rm e",
    "trap 'echo $((1/0)); echo not' USR1; kill -USR1 $$; echo same; readonly q=1; q=2; echo not\necho next",
    "a=(1); n=-4; echo \"<${a[n]}>\" ${a[n]:-d} ${a[n]: -1}; echo $?",
    "set -u; echo $((i + 1)); echo not",
    "f() { nocmd; }; f; eval 'if;'; echo $?; trap 'if;' USR1; kill -USR1 $$; echo $?",
};

static const char *const statuses[] = {
    "echo \"$(false)$?\" $(exit 3) $?; f() { echo $?; }; f $(exit 4); x=$(false) y=$?; echo $y",
    "for i in $(exit 4) a; do echo $?; done; (exit 3); for ((; i++ < 1;)); do echo $?; done; echo $?",
    "(exit 3); case x in x) ;& y) echo $? ;; esac; (exit 3); case x in y) ;; esac; echo $?",
    "(exit 3); case x in x) ;;& y) echo $? ;; x) echo $? ;; esac; case $(exit 4) in *) echo $? ;; esac",
    "false | true; (echo ${PIPESTATUS[@]}) | cat; f() ( echo ${PIPESTATUS[@]} ); false | true; f",
    "for i in 1; do { :; :; } | :; break; done; echo ${PIPESTATUS[@]}",
    "trap 'echo err $?' ERR; true | false; echo ${PIPESTATUS[@]}; trap - ERR; a=(x $(exit 5)); echo $?",
    "a=(1 2 3); n=5; a[$n]=$((n ^= 7)); echo \"${!a[@]}\"; b[$n]=$((n++)); echo \"${!b[@]}\"",
};

static const char *const traps[] = {
    "trap 'echo A' DEBUG; f() { :; trap 'echo B' DEBUG; :; }; f; echo e",
    "trap 'echo A' DEBUG; f() { trap - DEBUG; :; }; f; :",
    "f() { trap 'echo R' RETURN; g; :; }; g() { :; }; f; g; echo e; trap 'echo S' RETURN; g",
    "trap 'echo A' ERR; f() { false; trap 'echo B' ERR; false; }; f; false; g() { trap - ERR; false; }; g",
    "f() { trap 'echo B' ERR; g() { false; }; g; false; }; f; false; g",
    "trap 'echo err $?' ERR; command nosuch; command false; command test; set -e; command false; echo not",
    "echo 'return 3' > t; trap 'echo R' RETURN; . ./t; echo $?",
};

static const char *const expansions[] = {
    "set -- a b c d e f g h i j k l m n o p q r s t u v w x y z; x=1; echo ${x/1/~$*ot} ${x/1/$@\\&&}",
    "s=abc; p=; echo \"${s/#$p/X}\" \"${s/%$p/X}\" \"${s/$p/X}\" \"${s//$p/X}\" \"${s//\"\"/X}\"",
    "HOME=/h; echo {-,~/a} {~,x} ~{a,b} a{~,b} {~/x,y} {a,b}~ {~,~/}b",
    "declare -i n=1; n=1+1 eval 'declare -p n'; n+=1 eval 'declare -p n'; declare -u x=a; f() { declare -p "
    "x; x=in; "
    "declare -p x; }; x=temp f; x+=b f; declare -p n x; HOME=/h; echo ~{wx,:}x {~,a}:b",
    "HOME=/h; echo ~: ~:x ~:~ ~/x:~ a:~ ${u-~:~}; x=~:~; echo $x; [[ /h: == ~: ]] && echo y; echo ${x@a}",
    "p() { printf '<%s>' \"$@\"; echo; }; x=; a=a ab=5 ax=6; p b{a,$x}x {$x,} \"$x\"{a,b} $a{b,x} $a{b,c}x",
    "x='p q'; export y=$x{1,2}; declare z={a,'b c'}; echo \"$y|$z\"; readonly {m,n}=5; echo $m$n",
    "b=([1]=x y [0]={a,b}); declare -p b; declare -A k=([z]={a,b}); declare -p k",
    "x=; echo \"[${x//*/R}][${x/#/R}][${x//!(foo)/R}]\"; shopt -s extglob\n"
    "x=; echo \"[${x//!(foo)/R}][${x//*(x)/R}][${x//?(x)/R}]\"; x=ab; echo \"[${x//*(x)/R}][${x//*(b)/R}]\"",
    "declare -l x=ÉÀß; declare -u y=éàß; declare -c z=éÀb; echo $x $y $z",
    "f() { declare a; echo \"<${a[*]:0:2}>\" \"<${a[@]:0}>\" ${a[@]:1:1}; }; f",
    "declare -A k; for i in {1..40} é; do k[$i]=$i; done; echo \"${!k[@]}\"; unset 'k[5]'; k[5]=5; echo "
    "\"${k[*]}\"\n"
    "(k[x]=1; echo \"${!k[@]}\"); for i in {1..3000}; do k[$i]=; done; echo \"${!k[@]}\"",
    "f() { echo \"${FUNCNAME[@]}|${BASH_SOURCE[@]}|${BASH_LINENO[@]}\"; caller 0; }; g() { f; }; f; g",
};

static const char *const documents[] = {
    "cat <<a$b\nx\na$b\ncat <<\"a\"`b`\nz\na`b`\necho 9<(:) | tr -d 0-9",
    "f() { cat <<E & (( 1 + 1 )); cat <<-E; }\nbody\nE\nbody\nE\ndeclare -f f",
    "f() { if cat <<E | cat; then :; fi; }\nbody\nE\ndeclare -f f; f",
    "echo a > f; cat f >> f; cat f; cat < f > g; cat g",
    "printf \"a b\\nc 'd\\n\" | xargs echo; echo 5 | sed 678142309567890123456789012345678901234567890d",
};

#define GROUP(name)                                                                                          \
    static void name##_are_as_in_bash(void **state)                                                          \
    {                                                                                                        \
        (void)state;                                                                                         \
        counterpart_try_scripts(runtime_programs, name, sizeof(name) / sizeof *(name));                      \
    }

GROUP(errors)
GROUP(statuses)
GROUP(traps)
GROUP(expansions)
GROUP(documents)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_as_in_bash),    cmocka_unit_test(statuses_are_as_in_bash),
        cmocka_unit_test(traps_are_as_in_bash),     cmocka_unit_test(expansions_are_as_in_bash),
        cmocka_unit_test(documents_are_as_in_bash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
