/* The utilities for text against this system's GNU programs: the same files, the same line, and all that
 * comes of it compared. */
#include <locale.h>
#include <wchar.h>

#include "cmd/characters.h"
#include "cmd/commands.h"
#include "twins.h"

#define LONG_LINE (1u << 20)

/* The files of all tests; `long` has a line of 1 MB, `thousand` the numbers to 1000. */
static void fill(struct twins *twins)
{
    struct buffer text = {0};
    int i;

    twins_open(twins, cmd_programs);
    twins_put(twins, "empty", "");
    twins_put(twins, "a", "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven\ntwelve\n");
    twins_put(twins, "cut", "first\nsecond\nlast without end");
    twins_put(twins, "blank", "\n\nx\n\n\n\ny y\n \n\t\n");
    twins_put(twins, "utf8",
              "gr\xc3\xbc\xc3\x9f dich\n\xe6\x97\xa5\xe6\x9c\xac x\nbad \xff\xc3 end\ne\xcc\x81t\xc3\xa9\n");
    twins_put(twins, "letters", "gr\xc3\xbc\xc3\x9f dich\n\xe6\x97\xa5\xe6\x9c\xac x\n\xf0\x9f\x98\x80!\n");
    twins_put_bytes(twins, "zeros", "b\0a\0c c\0\0last", 13);
    twins_put(twins, "fields", "b:2:x y\na:10:z\n\nc::q\nnone\n:1:\nd:3:w:v\n");
    twins_make_directory(twins, "dir");
    for (i = 1; i <= 1000; i++) buffer_printf(&text, "%d\n", i);
    twins_put_bytes(twins, "thousand", text.data, text.size);
    buffer_clear(&text);
    buffer_put_string(&text, "begin\n");
    for (i = 0; i < (int)LONG_LINE; i++) buffer_put_byte(&text, (char)('a' + i % 26));
    buffer_put_string(&text, "\nend\n");
    twins_put_bytes(twins, "long", text.data, text.size);
    buffer_free(&text);
    twins_input(twins, "in 1\nin 2\nin 3\n");
}

static void try_all(const char *const *lines)
{
    struct twins twins;

    fill(&twins);
    twins_try_all(&twins, lines);
    twins_close(&twins);
}

static void heads(void **state)
{
    static const char *const lines[] = {"head",
                                        "head a",
                                        "head -n 3 a",
                                        "head -n3 a",
                                        "head -3 a",
                                        "head -n +3 a",
                                        "head -n 0 a",
                                        "head -c 5 a",
                                        "head -c 0 a",
                                        "head -c 1K thousand",
                                        "head -n -3 a",
                                        "head -n -30 a",
                                        "head -n -0 a",
                                        "head -c -7 a",
                                        "head -c -7000 a",
                                        "head -n 2 a cut",
                                        "head -qn 2 a cut",
                                        "head -v -n 2 a",
                                        "head -n 2 - a",
                                        "head cut",
                                        "head -n -1 cut",
                                        "head -n -2 cut",
                                        "head empty",
                                        "head -n -2 empty",
                                        "head -n 2 empty a empty",
                                        "head nope a",
                                        "head -n 1 nope a dir cut",
                                        "head dir",
                                        "head -z -n 2 zeros",
                                        "head -zn -2 zeros",
                                        "head -n x a",
                                        "head -c -x a",
                                        "head -x",
                                        "head --lines=2 a",
                                        "head --byt=3 a",
                                        "head --lines a",
                                        "head -n",
                                        "head --quiet -n1 a a",
                                        "head -c 2b thousand",
                                        "head -c 1kB thousand",
                                        "head -n 2 long",
                                        "head -n -1 long",
                                        "head -c -10 long",
                                        "head -n 2 -- a",
                                        "head -1q a a",
                                        "head -2c a",
                                        "head -5x a",
                                        "cat a | head -n 2",
                                        "cat long | head -n -1",
                                        "yes | head -n 3",
                                        "yes | head -c 70000 | wc -c",
                                        "cat thousand | head -n -990",
                                        "head -n 99999999999 a",
                                        NULL};
    try_all(lines);
}

static void counts(void **state)
{
    static const char *const lines[] = {"wc",
                                        "wc a",
                                        "wc -l a",
                                        "wc -w a",
                                        "wc -c a",
                                        "wc -m utf8",
                                        "wc -L utf8",
                                        "wc utf8",
                                        "wc -lwmcL utf8 a cut",
                                        "wc a cut empty",
                                        "wc -l a cut",
                                        "wc - a",
                                        "wc nope a",
                                        "wc dir",
                                        "wc dir a",
                                        "wc empty",
                                        "wc -lw cut",
                                        "wc blank",
                                        "wc -L blank",
                                        "wc long",
                                        "cat long | wc",
                                        "cat a | wc -l",
                                        "cat a | wc -lc",
                                        "wc -x",
                                        "wc --lines a",
                                        "wc --files0-from=nope",
                                        "wc --files0-from=a a",
                                        "wc zeros",
                                        "cat a | wc - a",
                                        "wc -c zeros utf8",
                                        "wc -wL long",
                                        "cat utf8 | wc -m",
                                        "wc -mw utf8 utf8",
                                        NULL};
    struct twins twins;

    fill(&twins);
    twins_put_bytes(&twins, "names", "a\0cut\0nope\0", 11);
    twins_try_all(&twins, lines);
    twins_try(&twins, "wc --files0-from=names");
    twins_close(&twins);
}

static void reversed(void **state)
{
    static const char *const lines[] = {"tac",
                                        "tac a",
                                        "tac a cut",
                                        "tac cut",
                                        "tac empty",
                                        "tac -b a",
                                        "tac -s e a",
                                        "tac -bs e a",
                                        "tac -s ee a",
                                        "tac -s '' zeros",
                                        "tac nope a",
                                        "tac -r -s 'e[a-z]' a",
                                        "tac -b -r -s 'e[a-z]' a",
                                        "cat thousand | tac | head -n 3",
                                        "tac long",
                                        "tac blank",
                                        "tac -s : fields",
                                        "tac -x",
                                        "?tac dir",
                                        "tac -r -s '[0-9][0-9]*' thousand",
                                        "rev",
                                        "rev a",
                                        "rev a cut",
                                        "rev letters",
                                        "rev empty",
                                        "rev nope a",
                                        "rev dir",
                                        "rev blank",
                                        "rev long",
                                        "cat cut | rev",
                                        NULL};
    try_all(lines);
}

static void sequences(void **state)
{
    static const char *const lines[] = {"seq 5",
                                        "seq 2 5",
                                        "seq 1 3 10",
                                        "seq 10 -3 1",
                                        "seq 5 1",
                                        "seq 0",
                                        "seq -5 -2",
                                        "seq -5 2 3",
                                        "seq 0.1 0.1 1",
                                        "seq 1.50 0.25 3",
                                        "seq .5 2",
                                        "seq 1 .5 3",
                                        "seq 1. 3",
                                        "seq 1e2 102",
                                        "seq 1.5e1 17",
                                        "seq 1e-1 .3",
                                        "seq -w 1 10",
                                        "seq -w -5 5",
                                        "seq -w 0.5 10",
                                        "seq -w 1 0.25 2",
                                        "seq -w 1 3.25",
                                        "seq -w .5 1.5",
                                        "seq -w -.5 1.5",
                                        "seq -s , 4",
                                        "seq -s '' 4",
                                        "seq --separator=ab 3",
                                        "seq -f %g 3",
                                        "seq -f %.3f 1 .5 3",
                                        "seq -f '%05.1f|' 1 3",
                                        "seq -f 'x%ex' 2",
                                        "seq -f '%%%g%%' 2",
                                        "seq -f %d 3",
                                        "seq -f %g%g 3",
                                        "seq -f x 3",
                                        "seq -w -f %g 3",
                                        "seq -f % 3",
                                        "seq",
                                        "seq x",
                                        "seq 1 2 3 4",
                                        "seq 1 0 3",
                                        "seq 3 1 -1",
                                        "seq 99999999999999999998 100000000000000000001",
                                        "seq 1 inf | head -n 3",
                                        "seq inf | head -n 2",
                                        "seq 3 -1 -inf | head -n 6",
                                        "seq 1 -inf",
                                        "seq 300000 | wc",
                                        "seq -s ' ' -3 -1",
                                        "seq -ws: 8 11",
                                        "seq -x 2",
                                        "seq -- -2 2",
                                        "seq 1 -- 3",
                                        "seq 0.000001 0.000001 0.000003",
                                        "seq 1 1e3 3e3",
                                        "seq -s -5 3",
                                        "seq -f '%+8.2f' 2",
                                        "seq -f '%-8.2fx' 2",
                                        "seq -f %G 1000000 1000000 2000000",
                                        "seq 1 10000000 | head -n 1",
                                        NULL};
    try_all(lines);
}

static void sorts(void **state)
{
    static const char *const lines[] = {"sort",
                                        "sort a",
                                        "sort -r a",
                                        "sort cut a",
                                        "sort -u words words",
                                        "sort -n numbers",
                                        "sort -rn numbers",
                                        "sort -nu numbers",
                                        "sort -g numbers",
                                        "sort -gr numbers",
                                        "sort -h human",
                                        "sort -hr human",
                                        "sort -M months",
                                        "sort -Mr months",
                                        "sort -V versions",
                                        "sort -rV versions",
                                        "sort -f words",
                                        "sort -fu words",
                                        "sort -fs words",
                                        "sort -d words",
                                        "sort -df words",
                                        "sort -i words",
                                        "sort -b blanks",
                                        "sort blanks",
                                        "sort -k 2 blanks",
                                        "sort -k 2b blanks",
                                        "sort -b -k 2 blanks",
                                        "sort -k 2,2 blanks",
                                        "sort -k2,2b -k1,1r blanks",
                                        "sort -t : -k 2 fields",
                                        "sort -t : -k 2n fields",
                                        "sort -t: -k2,2n -k1,1r fields",
                                        "sort -t : -k 2,2n -s fields",
                                        "sort -t : -k 3 fields",
                                        "sort -t: -k 1.2 fields",
                                        "sort -k 1.2,1.3 a",
                                        "sort -k 1.2,1.2 -s a",
                                        "sort -k 1.3r a",
                                        "sort -t : -k 2.2,3.1 fields",
                                        "sort -t : -u -k 2,2 fields",
                                        "sort -k 2.2b,2.3b blanks",
                                        "sort -n -k 2 blanks",
                                        "sort -s -n a",
                                        "sort -z zeros",
                                        "sort -o out a",
                                        "sort -o a2 a2 a",
                                        "sort -c a",
                                        "sort -C a",
                                        "sort -c sorted",
                                        "sort -cu sorted",
                                        "sort -c -u words",
                                        "sort -cr sorted",
                                        "sort --check=quiet a",
                                        "sort --check=diagnose-first a",
                                        "sort -m sorted thousand",
                                        "sort -m a sorted",
                                        "sort -mu sorted sorted",
                                        "sort -m a",
                                        "sort nope a",
                                        "sort dir",
                                        "sort -",
                                        "sort a - cut",
                                        "sort -k 0 a",
                                        "sort -k x a",
                                        "sort -k 1.0 a",
                                        "sort -k 1x a",
                                        "sort -k 1,0 a",
                                        "sort -k 1,x a",
                                        "sort -t ab a",
                                        "sort -t '' a",
                                        "sort -nh a",
                                        "sort -o",
                                        "sort -c a cut",
                                        "sort -cC a",
                                        "sort -k 1nM a",
                                        "sort -nd a",
                                        "sort -x a",
                                        "sort --sort=numeric numbers",
                                        "sort --sort=version versions",
                                        "sort empty",
                                        "sort -n empty",
                                        "sort blank",
                                        "sort -u blank",
                                        "sort long",
                                        "sort -r thousand",
                                        "sort -n thousand",
                                        "sort -R same",
                                        "sort -S 10M -T /tmp --parallel=2 a",
                                        "sort -t '\\0' zeros",
                                        "seq 300000 | sort -rn | head -n 3",
                                        "seq 20000 | sort | tac | head -n 50",
                                        "seq 5000 | rev | sort | rev | wc",
                                        "sort utf8",
                                        "sort -k 2,2 -k 1,1 utf8",
                                        "sort --files0-from=names0",
                                        "sort -k 3,2 fields",
                                        "sort -t : -k 2,2 -k 3,3r -u fields",
                                        "sort -n -t : -k 2 fields",
                                        "sort -rs -k 1,1 words",
                                        "sort -r -k 1,1 words",
                                        "sort --key=2 --reverse blanks",
                                        NULL};
    struct twins twins;

    fill(&twins);
    twins_put(&twins, "words", "pear\nApple\napple\nPear\n-fig\nfig\n#x\nb_a\nba\nb a\npear\n\na\001b\n");
    twins_put(&twins, "numbers",
              "10\n9\n-3\n 4\n4.50\n4.5\n1e3\n-0\n0\nabc\n-3.25\n00010\n99999999999999999999\n"
              "99999999999999999998\n.5\n-.5\n+7\n0x10\nnan\n-inf\n5 x\n\n1.05\n1.5\n");
    twins_put(&twins, "human", "1K\n2\n1023\n3M\n-1G\n-2K\n1.5K\n1T\n0\nx\n900k\n-5\n1.4K\n12Mx\n");
    twins_put(&twins, "months", "mar\nJAN\n feb\nxyz\nDecember\nju\nJul\n\nAPR 1\n");
    twins_put(&twins, "versions",
              "v1.10\nv1.9\nv1.9a\nv1.09\nf-1.2.tar.gz\nf-1.10.tar.gz\nf.txt\nf1.txt\n.a\n..\n.\n\n"
              "a~\na\na.b\n1.0~rc1\n1.0\n1.0-1\nfoo.\nfoo.1\nx9.a9\nx9.a10\n");
    twins_put(&twins, "blanks", "b  2 x\na 10 y\n c\t3\n  a 2\nb 1\n\n\t\td 1 1\n");
    twins_put(&twins, "sorted", "1\n2\n2\n3\n5\n");
    twins_put(&twins, "a2", "x\n");
    twins_put(&twins, "same", "x\nx\nx\n");
    twins_put_bytes(&twins, "names0", "a\0cut\0", 6);
    twins_try_all(&twins, lines);
    twins_close(&twins);
}

static void greps(void **state)
{
    static const char *const lines[] = {
        "grep e a", "grep -v e a", "grep -c e a", "grep -cv e a", "grep -n e a", "grep -i E a", "grep E a", "grep -l e a cut none",
        "grep -L e a cut empty", "grep -H e a", "grep -h e a cut", "grep e a cut", "grep -o e a", "grep -on 'e[a-z]*' a",
        "grep -ob e a", "grep -b e a", "grep -q e a", "grep -q zzz a", "grep zzz a", "grep e nope", "grep -s e nope", "grep -s e nope a",
        "grep -q e nope a", "grep -q e a nope", "grep -w one a", "grep -w on a", "grep -x one a", "grep -x on a", "grep -x 'o.*' a",
        "grep -xF one a", "grep -xv one a", "grep -e one -e two a", "grep -F -e e -e ve a", "grep -oF -e e -e ve a", "grep -f pats a",
        "grep -Ff pats a", "grep -f empty a", "grep -vf empty a", "grep -f pats -e six a", "grep -f nope a", "grep -A 1 five a", "grep -B 1 five a",
        "grep -C 1 five a", "grep -1 five a", "grep -A 1 e a", "grep -nA 1 -B 2 'ei' a", "grep -n -C 1 -e two -e nine a", "grep -C 1 one a cut",
        "grep -C 0 -e one -e five a", "grep -A 2 -e one -e three a", "grep -c -A 1 e a", "grep -m 2 e a", "grep -m 1 -A 2 e a",
        "grep -m 2 -c e a", "grep -m 0 e a", "grep -vm 2 e a", "grep -m x e a", "grep -A x e a", "grep --group-separator=## -A 1 -e one -e nine a",
        "grep --no-group-separator -A 1 -e one -e nine a", "grep '' a", "grep -v '' a", "grep -c '' cut empty", "grep '^$' blank", "grep -n '^$' blank",
        "grep -c . blank", "grep -vc . blank", "grep last cut", "grep -n end cut", "grep -E 'e|o' a", "grep 'e\\|o' a", "grep -E '^(one|two)$' a",
        "grep '^t.*e$' a", "grep -E 'e{2}' a", "grep 'e\\{2\\}' a", "grep -E 'x*' a", "grep '[aeiou][aeiou]' a", "grep '[[:alpha:]]\\+y' blank",
        "grep 'o*n' a", "grep -E 'f(i|o)' a", "grep -E '(e)v' a", "grep '\\(e\\)\\1' a", "grep '\\<t' a", "grep 'n\\>' a", "grep '\\bt' a", "grep -E '\\w+ ' cut",
        "grep '\\.' a", "grep -F . a", "grep -F '' a", "egrep 'one|two' a", "fgrep o.e a", "grep -P '\\d' thousand | head -n 2", "grep -P 'o(?:n|u)' a",
        "grep -z a zeros", "grep -zc . zeros", "grep b zeros", "grep -a b zeros", "grep -c b zeros", "grep -l b zeros", "grep -q b zeros", "grep -I b zeros",
        "grep --binary-files=text b zeros", "grep --binary-files=without-match b zeros", "grep -v x zeros", "grep bad utf8", "grep gr utf8", "grep -a bad utf8",
        "grep -n . utf8", "grep -c x - a", "grep in - a", "grep in", "grep -H in", "grep -c in", "grep -l in", "grep --label=L -H in -",
        "grep e dir", "grep e dir a", "grep -r e tree | sort", "grep -rn e tree | sort", "grep -rl e tree | sort", "grep -rc e tree | sort", "grep -rh e tree | sort",
        "grep -r --include=*.c e tree | sort", "grep -r '--include=*.c' '--include=*.h' e tree | sort", "grep -r '--exclude=*.c' e tree | sort",
        "grep -r --exclude-dir=sub e tree | sort", "grep -r '--include=*.c' --exclude=a.c e tree | sort", "grep -r '--exclude=a.c' '--include=*.c' e tree | sort",
        "grep -re int tree/a.c", "grep -r int tree/a.c tree/sub | sort", "grep -R e tree | sort", "grep -d skip e dir a", "grep -d recurse e tree | sort",
        "grep '--exclude=a' e a cut", "grep '--include=c*' e a cut", "grep -L e tree/a.c a", "grep -rL zzz tree | sort", "grep -rZl e tree | sort -z",
        "grep -Z e a cut", "grep -lZ e a cut", "grep -cZ e a cut", "grep -T e a cut", "grep -nT e a", "grep --color=always e a", "grep --color=always -n e a cut",
        "grep --color=always -A 1 five a cut", "grep --color=always -o e a", "grep --color=always -v e a", "grep --color=always -c e a cut", "grep --color=always -l e a",
        "grep --color=never e a", "grep --color=auto e a", "grep --colour e a", "!grep", "!grep -x", "!grep -Y e a", "!grep -E '(' a", "!grep '[' a",
        "!grep -E 'a**' a", "grep -y ONE a", "grep -i --no-ignore-case ONE a", "grep -nb e a", "grep -e one a -v", "grep -- -x a", "grep -ne e -- a", "grep -hn e a",
        "grep begin long", "grep -c xyz long", "grep -o 'yzabcdefghijklmnopqrstuvwxyzab$' long", "grep -ob end long", "cat long | grep end", "cat long | grep -c bcd",
        "seq 100000 | grep -c 7", "seq 100000 | grep -n 99999", "seq 100000 | grep -v 1 | wc", "seq 100000 | grep -B 1 -A 1 5000", "seq 1000 | grep -c '[13579]$'",
        "seq 1000 | grep -m 3 -n 5", "yes | grep -m 3 y", "grep -x '' blank", "grep -w '' blank", "grep -wv '' blank", "grep -ow 'e[a-z]*' a", "grep --byte-offset -o e a", "grep --count e a", "grep --max-count=1 --with-filename e a", "grep -ci E a", "grep 'a\nb' a", "grep -ve o -e e a", NULL};
    struct twins twins;

    fill(&twins);
    twins_put(&twins, "pats", "one\nve\n");
    twins_make_directory(&twins, "tree");
    twins_make_directory(&twins, "tree/sub");
    twins_put(&twins, "tree/a.c", "int one;\nelse\n");
    twins_put(&twins, "tree/b.h", "define\n");
    twins_put(&twins, "tree/.hidden", "secret\n");
    twins_put(&twins, "tree/sub/c.c", "int three;\nnone\n");
    twins_put(&twins, "tree/sub/empty", "");
    twins_try_all(&twins, lines);
    twins_close(&twins);
}

/* wcwidth() of the C library here, which is the one that the tables were made from or a newer one. */
static void widths_are_those_of_the_library(void **state)
{
    uint32_t code;
    unsigned unlike = 0;

    assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
    for (code = 0x20; code < 0x30000; code++)
        if (wcwidth((wchar_t)code) >= 0) unlike += character_width(code) != wcwidth((wchar_t)code);
    assert_true(unlike < 500); /* of another version of Unicode */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads),    cmocka_unit_test(counts),
        cmocka_unit_test(reversed), cmocka_unit_test(sequences),
        cmocka_unit_test(sorts),    cmocka_unit_test(greps), cmocka_unit_test(widths_are_those_of_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
