/* Builtins, conditions, menus and printed functions beside bash 5.2: each script is run by both, and what
 * they print, their status and the files that they leave are compared. */
#include <stdlib.h>

#include "counterpart.h"
#include "runtime/programs.h"

#define TRY(scripts)                                                                                         \
    counterpart_try_scripts(runtime_programs, scripts, sizeof(scripts) / sizeof((scripts)[0]))

static const char *const test_scripts[] = {
    "t() { \"$@\"; echo \"$?\"; }; t [ -t x ]; t [ a b ]; t [ -q b ]; t [ a b c ]; t [ ! a b ]; t [ "
    "\\( a b c ]; t [ \\( a \\) ]; t [ \\( a b \\) ]",
    "t() { \"$@\"; echo \"$?\"; }; t [ a -a b -o ]; t [ a = b c ]; t [ a = b -q c ]; t [ x; t test "
    "x ]; t test; t [ ]; t [",
    "t() { \"$@\"; echo \"$?\"; }; t [ 1 -eq \"\" ]; t [ 1 -eq \" 1 \" ]; t [ 99999999999999999999 "
    "-gt 1 ]; t [ 9223372036854775807 -gt -9223372036854775808 ]",
    "t() { \"$@\"; echo \"$?\"; }; t test -t x; t [ \\( a = a ]; t [ a = a \\) ]; t [ a -o ]; t [ ! "
    "]; t [ ! ! ]; t [ ! ! ! ! ! ]; t [ -n a -a ! ]",
    "t() { \"$@\"; echo \"$?\"; }; t [ -a ]; t [ -e -a -e ]; t [ 1 -eq 1x ]; t [ 0x10 -eq 16 ]; t [ "
    "\"(\" ]; t [ \"(\" \"(\" a \")\" \")\" ]; t [ \"(\" \"\" \"=\" \"\" \")\" ]",
    "t() { \"$@\"; echo \"$?\"; }; t [ a = a -a b = b -a \"(\" c = c ]; t [ a = a -a b = b -a \"(\" "
    "c = c  d ]; t test \"(\" a = a -o b; t [ -z a -o ! -z a ]",
    "t() { \"$@\"; echo \"$?\"; }; t test -v a[; t test -v 1; t test -v 0; t test -R x; t test -o "
    "errexit; t test -o nosuch; t [ -t 99999999999999999999 ]",
    "t() { \"$@\"; echo \"$?\"; }; x=1; a=(1 2); declare -A h=([k]=v); declare -n r=x; t [ -v x ]; "
    "t [ -v a ]; t [ -v a[1] ]; t [ -v a[2] ]; t [ -v a[@] ]\n"
    "t [ -v h[k] ]; t [ -v h[z] ]; t [ -v h ]; t [ -R r ]; t [ -v r ]; t [ -v a[-1] ]; t [ -v a[x] "
    "]; t [ -v nope[0] ]; t [ -v x[0] ]; t [ -v x[1] ]; k=k; t [ -v 'h[$k]' ]",
    "echo text > f; : > empty; ln -s f l; ln -s gone dead; mkdir d; chmod 4755 d\n"
    "for o in a b c d e f g h k p r s u w x G L O S; do for p in f empty l dead d p nope /dev/null "
    "\"\"; do test -$o \"$p\"; echo -n \"$o $p $? \"; done; echo; done",
    "t() { \"$@\"; echo \"$?\"; }; touch -d @5 f; touch -d @6 g; ln -s f l; t [ f -ef l ]; t [ f "
    "-nt g ]; t [ f -ot g ]; t [ g -nt f ]; t [ f -nt nope ]; t [ nope -ot f ]; t [ f -ot nope ]; t "
    "[ f -ef nope ]; t [ f -ef g ]",
    "t() { \"$@\"; echo \"$?\"; }; t [ a \\< b ]; t [ b \\> a ]; t [ -1 -lt +1 ]; t [ 3 -ge 3 ]; t "
    "[ -z \"\" -o -n \"\" ]; t test a -a \"\"; t test \"\" -o a; t [ -n ]; t [ \"\" ]",
    "t() { \"$@\"; echo \"$?\"; }; t [ a == a ]; t [ a != a ]; t [ 1 -ne 1 ]; t [ \"(\" = \"(\" ]; "
    "t [ ! = ! ]; t [ -f = -f ]; t test -z; t test ! ; t test ! \"\"; t test ! a = a; t test \"(\" "
    "a = b \")\"; t test \"!\" \"(\" a \")\"; t [ ! -z \"\" a ]",
    "set -e; [ -o errexit ] && echo on; [ a = b ] || echo b; [ a = b ]; echo not",
};

static void test_does_as_bash(void **state)
{
    (void)state;
    TRY(test_scripts);
}

static const char *const condition_scripts[] = {
    "[[ -t x ]]; echo $?; [[ 1+ -eq 2 ]]; echo $?; [[ ! 1+ -eq 2 ]]; echo $?; x=\"(\"; [[ ! a =~ $x "
    "]]; echo $?; [[ a =~ $x ]]; echo $?",
    "[[ ab =~ (x)?a(b) ]]; declare -p BASH_REMATCH; [[ ab =~ z ]]; declare -p BASH_REMATCH; [[ ab "
    "=~ a ]]; x=\"(\"; [[ ab =~ $x ]]; declare -p BASH_REMATCH",
    "[[ a =~ [\"a\"] ]]; echo $?; [[ \"]\" =~ [\"]\"] ]]; echo $?; [[ \"\\\\\" =~ [\".\"] ]]; echo "
    "$?; [[ a =~ [\"^b\"] ]]; echo $?; [[ \"\\\\\" =~ [\\.] ]]; echo $?",
    "[[ '\\' =~ [\"^b\"] ]]; echo $?; [[ '\\' =~ \"a]\"[b\".\"] ]]; echo $?; [[ '\\' =~ "
    "[[:space:]\"^b\"] ]]; echo $?; [[ 'a.' =~ a\".\"$ ]]; echo $?; [[ 'a{' =~ a\"{\"$ ]]; echo $?",
    "set -e; [[ 1+ -eq 2 ]] || echo failed; [[ a == a ]]; echo still; [[ a == b ]]; echo not",
    "[[ a -ef b && c ]]; echo $?; [[ a == [[:alpha:]] ]]; echo $?; [[ abc == a+(b|c) ]]; echo $?; "
    "[[ abc == \"a*\" ]]; echo $?; y=\"a*\"; [[ abc == $y ]]; echo $?; [[ abc == \"$y\" ]]; echo $?",
    "[[ a < b && b > a ]]; echo $?; [[ 10 -gt 9 && x -eq x ]]; echo $?; shopt -s nocasematch; [[ "
    "ABC == abc ]]; echo $?; [[ ABC =~ b(.) ]]; echo $? ${BASH_REMATCH[1]}; shopt -u nocasematch; "
    "[[ ABC == abc ]]; echo $?",
    "[[ -z $nope ]]; echo $?; [[ $nope ]]; echo $?; [[ \"a b\" == a\\ b ]]; echo $?; [[ a = a ]]; "
    "echo $?; [[ a != b ]]; echo $?; [[ -n $(echo x) && $(echo y) == y ]]; echo $?; [[ ( a == b || "
    "c == c ) && ! ( d == e ) ]]; echo $?",
    "r='^([0-9]+)-([a-z]*)$'; [[ 123-abc =~ $r ]] && echo \"${BASH_REMATCH[@]}\"; [[ \"a\n"
    "b\" =~ a.b ]]; echo $?; [[ aXb =~ a\\.b ]]; echo $?; [[ a.b =~ a\\.b ]]; echo $?; [[ 'a b' =~ "
    "a\\ b ]]; echo $?",
    "set -x; [[ a == \"b c\"* || ! -n \"\" && foo ]]; [[ ! ! -z \"a b\" ]]; [[ ! ( a == b || c < d "
    ") ]]; [[ a =~ \".\"x ]]; [[ 1 -eq \"\" ]]; x=y; [[ $x == $x\"\" ]]; [[ $x == [\"a-z\"] ]]; [[ "
    "-v x[0] ]]",
    "set -x; [[ $x == \"$x b\"* ]]; [[ -v x[ ]]; [[ ! x =~ y ]]; [[ -n * ]]; [[ \"a b\" == \"\" ]]; "
    "[[ \"a b\" == \"*\"\\**'?' ]]; [[ a =~ \"\" ]]; [[ a =~ [\".b\"]\"[c]\" ]]",
    "[[ -f nope || $(exit 3) == \"\" ]]; echo $? $PIPESTATUS; ! [[ a == b ]]; echo $?; if [[ a == b "
    "]]; then :; elif [[ a == a ]]; then echo yes; fi; while [[ $i != xxx ]]; do i+=x; done; echo $i",
};

static void condition_does_as_bash(void **state)
{
    (void)state;
    TRY(condition_scripts);
}

static const char *const print_scripts[] = {
    "printf; echo $?; printf -v; echo $?; printf -v x; echo $?; printf -v 1x a; echo $?; printf -q "
    "x; echo $?; printf -- -x%s\\\\n a",
    "printf -v 'a[2]' hi; declare -p a; declare -A h; k='a b'; printf -v 'h[$k]' v; declare -p h; "
    "printf -v 'a[@]' v; echo $?; readonly r; printf -v r x; echo $?; printf -v x %d abc; echo $? $x",
    "printf -v 'a[' x; echo $?; printf -v 'a[$((1+2))]' x; declare -p a; printf -v '' x; echo $?; "
    "printf -vy %s b; echo $y; printf '' a b; echo $?; printf -v z ''; declare -p z; printf "
    "'ab%nc\\n' q; echo $q; printf 'ab%nc\\n' 1q; echo $?",
    "echo -n -e 'a\\n'; echo -nq; echo -eE 'a\\n'; echo -- a; echo -e 'a\\cb' c; echo -e 'a\\0101'; "
    "echo ''; echo -; echo -n; shopt -s xpg_echo; echo 'a\\nb'; echo -E 'a\\nb'; set -o posix; echo "
    "-n 'a\\nb'",
    "printf -v 'x[bad' y; printf -v 'a[]' y; echo $?; printf -v 'a b' x; printf -v 'h[]' x; echo "
    "$?; printf -v 'a[-9]' x; echo $?; printf -v 'a[1+]' x; echo not reached",
    "printf '%s-%s\\n' a b c; printf '%d %x\\n' 10 0x1f; printf '%b|%q\\n' 'a\\tb' 'a b'; printf "
    "'%(%Y)T\\n' 0; printf '%5.2f|%-5s|%05d\\n' 3.14159 ab 42; printf 'no newline'",
};

static void print_does_as_bash(void **state)
{
    (void)state;
    TRY(print_scripts);
}

static const char *const cd_scripts[] = {
    "mkdir -p d/e d2; ln -s d/e l; : > f; cd \"\"; echo $? $PWD; HOME= ; cd; echo $? $PWD; unset "
    "HOME; cd; echo $?; cd a b; echo $?; cd -x; echo $?; cd nope; echo $?; cd f; echo $?; unset "
    "OLDPWD; cd -; echo $?",
    "mkdir -p d/e d2; ln -s d/e l; : > f; cd l; pwd; pwd -P; cd ..; pwd; cd l; cd -P ..; pwd; cd "
    "..; CDPATH=d:; cd e; pwd; cd -; cd d2; pwd; cd ..; CDPATH=$PWD; cd d; pwd; CDPATH=; cd ..; cd "
    "nope/..; echo $?",
    "mkdir -p d/e d2; ln -s d/e l; : > f; v=$PWD/d; shopt -s cdable_vars; cd v; echo $?; cd v/e; cd "
    "zz; cd -- -; cd -LP .; W=$PWD; cd $W//./d/../d2/; pwd; cd //; pwd; cd ///; pwd; cd -; pwd",
    "mkdir -p d/e d2; ln -s d/e l; : > f; pwd x; pwd -x; cd -e .; cd ./d; CDPATH=/; cd ./e; pwd; cd "
    "..; cd ..; readonly OLDPWD; cd d; echo $?; pwd; set -P; cd ../l; pwd; echo $PWD; cd nope "
    "2>/dev/null || echo failed",
    "mkdir -p d/e d2; ln -s d/e l; : > f; cd d; pwd; (cd e; pwd); pwd; f() { local PWD=x; pwd; }; "
    "f; PWD=/nowhere; cd e; pwd; echo $OLDPWD; declare -p OLDPWD | grep -c x",
};

static void cd_does_as_bash(void **state)
{
    (void)state;
    TRY(cd_scripts);
}

static const char *const directories_scripts[] = {
    "mkdir -p d/e d2; ln -s d/e l; : > f; pushd; echo $?; pushd d; pushd e; dirs; dirs -v; dirs -p; "
    "dirs -l; dirs +1; dirs -0; dirs -v +1; dirs +9; dirs x; dirs -z; pushd +1; pushd -0; pushd; "
    "pushd +7; pushd -n /x; pushd nope; dirs",
    "mkdir -p d/e d2; ln -s d/e l; : > f; pushd d >/dev/null; pushd e > /dev/null; popd +0; popd "
    "-n; popd -1; pushd d2; popd +0; popd; popd; popd +3; popd x; pushd +x; pushd -q; echo $?",
    "mkdir -p d/e d2; ln -s d/e l; : > f; pushd $PWD/d; HOME=$PWD; dirs; dirs -l; echo "
    "\"${DIRSTACK[@]}\"; echo ~0 ~1 ~+1 ~-0 ~9; pushd a b; popd -0; pushd -n; pushd -n d2; dirs -v "
    "-l; dirs -pv; popd -5; dirs -c; dirs; (pushd / >/dev/null; dirs); dirs; pushd -- d; pushd -",
};

static void directories_does_as_bash(void **state)
{
    (void)state;
    TRY(directories_scripts);
}

static const char *const read_scripts[] = {
    "printf 'a b\\\\ \\n' | { read x y; declare -p x y; }; printf '  a  b  \\n' | { read x; declare "
    "-p x; read y; echo $?; }; printf ' a\\\\\\nb c' | { read -r x; declare -p x; read; echo $?; "
    "declare -p REPLY; }; printf ' a\\\\\\nb c' | { read; echo $?; declare -p REPLY; }",
    "printf abc | { read -n 0 x; echo $?; declare -p x; read -n 2 x; echo $?; declare -p x; read -N "
    "5 y z; echo $?; declare -p y z; }",
    "printf 'a:b::c:\\n' | { IFS=: read -a r; declare -p r; }; printf 'a : b:c :\\n' | { IFS=': ' "
    "read x y z; declare -p x y z; }; printf 'a:\\n' | { IFS=: read x; declare -p x; }; printf "
    "'a::\\n' | { IFS=: read x; declare -p x; }; printf ':a::\\n' | { IFS=: read x y; declare -p x "
    "y; }",
    "read 1x; echo $?; read -a 1x </dev/null; echo $?; read x 2y <<<'a b'; echo $?; declare -p x; "
    "read -u 9 x; echo $?; read -u x y; echo $?; read -t x y; echo $?; read -n x y; echo $?; read "
    "-n -1 y; echo $?; read -q; echo $?",
    "readonly R; read R <<<a; echo $?; read -d '' x < <(printf 'ab\\0cd'); echo $?; declare -p x; "
    "read -d x z <<<abxc; declare -p z; read -t 0 < /dev/null; echo $?; read -t -1 x; echo $?; read "
    "-p prompt x <<<a; read -a h <<<'x y'; declare -p h",
    "declare -A H; read -a H <<<x; echo $?; read 'h[1]' <<<zz; declare -p h; read 'h[' <<<q; echo "
    "$?; read x <<<'a\\ b c\\'; declare -p x; read x y <<<'a\\ b c\\'; declare -p x y; printf "
    "'x\\0y\\n' | { read x; declare -p x; }",
    "read -N 3 x <<<'a b'; declare -p x; read -N 4 x <<<$'a\\nb'; declare -p x; read -n 3 x <<<'  b "
    "c'; declare -p x; read -rN 3 x <<<'a\\\\b'; declare -p x; IFS= read -r x <<<'  a  '; declare "
    "-p x; IFS=x read a b c <<<1x2x3x4x; declare -p a b c; IFS=x read a b c <<<1x2x3x; declare -p a "
    "b c",
    "read a b <<<''; declare -p a b; unset IFS; read a b <<<'1 2 3 '; declare -p a b; declare -i n; "
    "read n <<<2+3; echo $n; read -n 2 u <<<'äöü'; echo $u; IFS=', ' read -ra w <<<'a, b,,c , d'; "
    "declare -p w",
    "printf '1\\n2\\n3\\n' > f; { read a; read b; cat; } < f; echo $a $b; printf '1\\n2\\n3\\n' | { "
    "read a; cat; }; while read -r l; do echo \"<$l>\"; done < f; while read a && read b; do echo "
    "$a-$b; done < f; exec 5<f; read -u 5 x; read -u 5 y; echo $x$y; read x <&-; echo $?; read x < "
    ".; echo $?",
};

static void read_does_as_bash(void **state)
{
    (void)state;
    TRY(read_scripts);
}

static const char *const mapfile_scripts[] = {
    "mapfile -q; echo $?; mapfile -n x a; echo $?; mapfile -n -1 a; mapfile -O -1 a; mapfile -s z; "
    "mapfile -u 9; mapfile -u z; mapfile -c 0; mapfile -c x; mapfile 1x; mapfile ''; declare -A h; "
    "mapfile h <<<x; readonly r; mapfile r <<<x; echo $?",
    "a=(1 2 3 4); mapfile -O 2 a <<<$'x\\ny'; declare -p a; mapfile -t a <<<$'x\\ny\\nz'; declare "
    "-p a; mapfile -s1 -n1 a <<<$'x\\ny\\nz'; declare -p a; { mapfile -n 1 a; cat; } "
    "<<<$'x\\ny\\nz'; printf 'a\\nb\\n' | { mapfile -n 1 a; cat; }",
    "mapfile -d : -t a <<<a:b:c; declare -p a; mapfile -d '' a < <(printf 'a\\0b\\0c'); declare -p "
    "a; mapfile -C 'echo cb' -c 2 -t a <<<$'a b\\nb\\nc\\nd'; declare -p a; mapfile -C 'echo cb' -c "
    "1 a <<<$'a b\\nb'; mapfile a b <<<x; declare -p a; s=str; mapfile s <<<x; declare -p s",
    "mapfile </dev/null; declare -p MAPFILE; mapfile -tn 0 a <<<$'1\\n2'; declare -p a; readarray "
    "-q; echo $?; f() { echo \"$#:$*\" \"${a[*]}\"; }; mapfile -C f -c 1 -s 1 -O 3 -t a "
    "<<<$'1\\n2\\n3'; mapfile 'a[1]' <<<x; mapfile <&-; echo $?; readarray -t b < <(printf 'no "
    "newline'); declare -p b",
};

static void mapfile_does_as_bash(void **state)
{
    (void)state;
    TRY(mapfile_scripts);
}

static const char *const getopts_scripts[] = {
    "t() { OPTIND=1; unset OPTARG o; while getopts \"$1\" o \"${@:2}\"; do echo \"$? $o "
    "${OPTARG-unset} $OPTIND\"; done; echo \"end $? $o ${OPTARG-unset} $OPTIND\"; }; t ab:c -a -b x "
    "-cb y -c z -a; t ab: -abx rest; t ab: -b; t :ab: -b; t :a -x; t a -x; t a -- -a; t a - -a; t "
    "a; t a --x; OPTERR=0; t a -x; t a: -a; OPTERR=1; t ab: -b '' -a",
    "getopts; echo $?; getopts a; echo $?; OPTIND=1; getopts a 1x -a; echo $?; OPTIND=1; getopts "
    "-q; echo $?; set -- -a -b; OPTIND=1; getopts ab x; echo $x $OPTIND; getopts ab x; echo $x "
    "$OPTIND; getopts ab x; echo $? $x $OPTIND; OPTIND=1; getopts ab x; echo $x; OPTIND=2; getopts "
    "ab x; echo $x",
    "set -- -ab -b; OPTIND=1; getopts ab x; echo $x $OPTIND; getopts ab x; echo $x $OPTIND; "
    "OPTIND=1; getopts ab x -ab; getopts ab x -ab; echo $x $OPTIND; set -- -ab; OPTIND=1; getopts "
    "ab x; OPTIND=1; getopts ab x; echo $x; f() { local OPTIND; getopts ab x -ab; echo $x; getopts "
    "ab x -ab; echo $x; }; OPTIND=1; f; f",
    "readonly R; OPTIND=1; getopts a R -a; echo $?; OPTIND=7; getopts ab x; echo $? $OPTIND; "
    "OPTIND=1; getopts ab: x -b ''; echo $? $OPTIND \"[$OPTARG]\"; OPTIND=1; getopts a x +a; echo "
    "$?; OPTIND=0; getopts a x -a; echo $? $OPTIND; OPTIND=1; getopts :a x -?; echo $? $x $OPTARG; "
    "OPTIND=1; getopts a x -:; echo $? $x $OPTARG",
};

static void getopts_does_as_bash(void **state)
{
    (void)state;
    TRY(getopts_scripts);
}

static const char *const functions_scripts[] = {
    "f1() { echo a; echo b; }\n"
    "declare -f f1; type f1",
    "f2() { for x in a b \"c d\"; do echo $x; echo y; done; for x; do :; done; for ((i=0;i<3;i++)); "
    "do :; done; for ((;;)) { break; }; select y in 1 2; do break; done; for x in; do :; done; for "
    "(( i = 0 ; i < 3 ; i++ )); do :; done; }\n"
    "declare -f f2; type f2",
    "f3() { case $x in a|b) echo;; (c) foo; bar ;& d) ;;& *) x;; esac; case x in esac; while a; b; "
    "do c; done; until a && b; do c; d; done < f; }\n"
    "declare -f f3; type f3",
    "f4() { if a; then b; elif c; then d; e; else f; fi; if ! a; then b; fi > out 2>&1; { a; b; }; "
    "{ a; }  2>&1 | { b; c; } ; ( a; b ); (a)& b & c; a && b || c; a | b |& c; ! a | b; time a; "
    "time -p b; }\n"
    "declare -f f4; type f4",
    "f5() { [[ a == b && ( c -nt d || ! -n e ) || $x =~ ^a.* && z ]]; (( x = 1 + 2 )); ((y++)); let "
    "x=1; x=1 y=(1 2 \"3 4\" [5]=6) z+=3 cmd  a   b; a[1]=x; declare -a q=(1 2); }\n"
    "declare -f f5; type f5",
    "f6() { a >f 2>>g <h 2>&1 >&2 <&3 <&- 2>&- >|i <>j &>k &>>l {v}>m <<<\"a b\" 3<n >&$x; >z; a "
    "<<<x; }\n"
    "declare -f f6; type f6",
    "f7() { cat <<EOF\n"
    "text $x\n"
    "EOF\n"
    "echo after; }\n"
    "declare -f f7; type f7",
    "f8() { cat <<-'EOF' | grep x && foo <<A >b\n"
    "\ttext $x\n"
    "\tEOF\n"
    "in a\n"
    "A\n"
    "echo after\n"
    "if cat <<X\n"
    "x\n"
    "X\n"
    "then b; fi\n"
    "for i in 1; do cat <<Y; done\n"
    "y\n"
    "Y\n"
    "}\n"
    "declare -f f8; type f8",
    "f9() ( a; b )\n"
    "declare -f f9; type f9",
    "f10() { g() { a; }; function h { b; c; }; h; }\n"
    "declare -f f10; type f10",
    "f11() { coproc a; coproc N { b; }; echo $'a\\tb' $\"x\" `ls  -l` $(ls -l; foo) ${x:-  y} \"$(a "
    "b)\" <(a b); x=$(cat <<Z\n"
    "z\n"
    "Z\n"
    "); $(< f) ; $(( 1+2 )) ; }\n"
    "declare -f f11; type f11",
    "f12() if a; then b; fi\n"
    "declare -f f12; type f12",
    "f13() { a; } > out\n"
    "declare -f f13; type f13",
    "f14() { while { a; b; }; do (c; d); done; a & }\n"
    "declare -f f14; type f14",
    "f15() { a; b & c & }\n"
    "declare -f f15; type f15",
    "f16() for i in 1 2; do a; done\n"
    "declare -f f16; type f16",
    "f17() { :; { :; { :; }; }; }\n"
    "declare -f f17; type f17",
    "f18() { a | while read x; do b; done | c; a && { b; c; } || ( d ); ! { a; }; }\n"
    "declare -f f18; type f18",
    "f19() { time; ! ; time ! a; }\n"
    "declare -f f19; type f19",
    "f20() (( x ))\n"
    "declare -f f20; type f20",
    "f21() { if a; then b & fi; while a; do b & done; { a & }; (a &); case x in a) b & ;; esac; }\n"
    "declare -f f21; type f21",
    "f22() { (cat <<E\n"
    "x\n"
    "E\n"
    "); { cat <<E\n"
    "x\n"
    "E\n"
    "}; cat <<E & b\n"
    "x\n"
    "E\n"
    "cat <<E || c\n"
    "x\n"
    "E\n"
    "}\n"
    "declare -f f22; type f22",
    "f23() { a; # comment\n"
    "b\n"
    "\n"
    "c; }\n"
    "declare -f f23; type f23",
    "f24() { a &&\n"
    "b; [[ -f a ]] && [ x ] ; \\ls 'a'\"b\"; function k() ( z; ); a ; }\n"
    "declare -f f24; type f24",
    "f25() { case a in b) ;; c) { d; };; e) if a; then b; fi;; esac; case x in a) cat <<E\n"
    "q\n"
    "E\n"
    ";; esac; }\n"
    "declare -f f25; type f25",
    "declare -f nof; echo $?",
};

static void functions_does_as_bash(void **state)
{
    (void)state;
    TRY(functions_scripts);
}

static const char *const select_scripts[] = {
    "PS3='> '\n"
    "select x in a \"b c\" d; do echo \"[$x] [$REPLY]\"; case $REPLY in 9) continue;; q) break;; "
    "esac; done <<< $'1\\n\\n 2 \\n9\\nx\\\\y\\nq'\n"
    "echo \"st $?\"; select x in; do echo no; done; echo $?; set -- p q; select y; do echo $y; "
    "REPLY=; done <<< $'2\\n1'; echo $?",
    "unset PS3; COLUMNS=40; select z in one two three four five six seven eight nine ten eleven "
    "twelve; do break; done <<< 3; echo $z; select 1x in a; do :; done <<<1; echo $?",
    "COLUMNS=80; select z in one two three four five six seven eight nine ten eleven twelve é; do "
    "break; done <<< 3; for i in 1 2; do select z in a; do continue 2; done <<<1; done; f() { "
    "select z in a b; do return 3; done <<<2; }; f; echo $? $z; select q in a b; do false; done "
    "</dev/null; echo $?; COLUMNS=1; select q in a b; do break; done <<<1",
};

static void select_does_as_bash(void **state)
{
    (void)state;
    TRY(select_scripts);
}

static const char *const mode_scripts[] = {
    "umask; umask -S; umask -p; umask -pS; umask 077; umask; umask u=rwx,g=rx,o=; umask; umask -S "
    "u+w; umask g-x; umask a=rx; umask; umask 9; umask 1000; echo $?; umask 07777; umask",
    "umask -q; umask u=q; umask x=r; umask =; umask; umask u=g; umask; umask g+rw,o-x; umask -S; "
    "umask +x; umask -S; umask 22 33; echo $?; umask 0022; umask -S a-r,u=rw; umask 22; umask o=u; "
    "umask; umask 022; umask -- -w; umask",
    "umask 027; : > f; mkdir d; umask 077; : > g",
};

static void mode_does_as_bash(void **state)
{
    (void)state;
    TRY(mode_scripts);
}

static const char *const misc_scripts[] = {
    "let; echo $?; let 1; echo $?; let 0; echo $?; let x=1 y=x+1 0; echo $? $x $y; let '1+'; echo "
    "$?; let 'a=1/0' b=2; echo $? $b; let -- 5; echo $?; let -5; echo $?; let ''; echo $?",
    "times -q; echo $?; times x | wc -l; caller; echo $?; caller x; echo $?; caller 5; echo $?; "
    "caller -q; true -x; : -q; false; echo $?",
    "printf 'f() { caller; caller 0; caller 1; echo $?; }\\ng() { f; }\\ng\\ncaller\\necho $?\\n' > "
    "s; bash s",
    "hash; echo $?; hash -r; hash nosuch; echo $?; hash cat; hash -t cat; hash -d zz; hash -q; hash "
    "-t; echo $?; hash ./x; echo $?; hash -d; echo $?",
    "enable -n test; type -t test; [ a ] && echo bracket; (enable test; type -t test); type -t "
    "test; enable test; type -t test; enable nosuch; echo $?; enable -n echo; enable -n; enable "
    "echo; enable -q; enable -d echo; enable -n false true; enable -n; help nosuch; echo $?; help "
    "-q; echo $?",
};

static void misc_does_as_bash(void **state)
{
    (void)state;
    TRY(misc_scripts);
}

static const char *const prompt_scripts[] = {
    "x='\\[a\\]|\\s|\\v|\\V|\\w|\\W|\\j|\\\\|\\q|\\101|\\e|\\x|\\1|\\r|\\a$HOME\\n|\\'; echo "
    "\"${x@P}\"; mkdir -p \"b/\\$x\\`y\"; cd b/*y; x='\\w|\\W'; echo \"${x@P}\"; PROMPT_DIRTRIM=1; "
    "echo \"${x@P}\"",
    "x='\\w|\\W'; mkdir -p h/bbb/ccc/ddd; HOME=$PWD/h; cd h/bbb/ccc/ddd; echo \"${x@P}\"; "
    "PROMPT_DIRTRIM=2; echo \"${x@P}\"; PROMPT_DIRTRIM=1; echo \"${x@P}\"; PROMPT_DIRTRIM=x; echo "
    "\"${x@P}\"; HOME=/; cd /; echo \"${x@P}\"; shopt -u promptvars; x='$HOME\\w'; echo \"${x@P}\"",
    "PS4='+\\W:$LINENO: '; set -x; echo a; shopt -u promptvars; echo b",
};

static void prompt_does_as_bash(void **state)
{
    (void)state;
    TRY(prompt_scripts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_does_as_bash),        cmocka_unit_test(condition_does_as_bash),
        cmocka_unit_test(print_does_as_bash),       cmocka_unit_test(cd_does_as_bash),
        cmocka_unit_test(directories_does_as_bash), cmocka_unit_test(read_does_as_bash),
        cmocka_unit_test(mapfile_does_as_bash),     cmocka_unit_test(getopts_does_as_bash),
        cmocka_unit_test(functions_does_as_bash),   cmocka_unit_test(select_does_as_bash),
        cmocka_unit_test(mode_does_as_bash),        cmocka_unit_test(misc_does_as_bash),
        cmocka_unit_test(prompt_does_as_bash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
