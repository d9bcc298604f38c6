/* The utilities about files beside the system's own: the same output, messages, statuses and trees. */
#include "cmd/commands.h"
#include "counterpart.h"

static void put_small_tree(struct counterpart *both)
{
    both_clear(both);
    both_put(both, "a", "alpha\n");
    both_put(both, "b", "beta beta\n");
    both_put(both, "empty", "");
    both_put(both, "run.sh", "#!/bin/sh\n");
    both_make_directory(both, "d");
    both_put(both, "d/one", "1\n");
    both_put(both, "d/two", "22\n");
    both_make_directory(both, "d/deep");
    both_put(both, "d/deep/three", "333\n");
    both_make_directory(both, "e");
    both_link(both, "to-a", "a");
    both_link(both, "to-d", "d");
    both_link(both, "nowhere", "missing");
    both_link(both, "d/up", "../a");
    both_set(both, "run.sh", 0755, 1500000000);
    both_set(both, "b", 0600, 1600000000);
}

static void try_lines(struct counterpart *both, unsigned flags, const char *const *lines, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        put_small_tree(both);
        both_line(both, flags, NULL, lines[i]);
    }
}

#define TRY(both, flags, lines) try_lines(both, flags, lines, sizeof(lines) / sizeof((lines)[0]))

static const char *const copying_lines[] = {
    "cp a c",
    "cp a b",
    "cp -v a c",
    "cp a d",
    "cp -v a b d",
    "cp a",
    "cp",
    "cp a b c",
    "cp a b empty",
    "cp missing c",
    "cp d c",
    "cp -r d c",
    "cp -rv d c",
    "cp -r d e",
    "cp -r d d",
    "cp -r d a",
    "cp a d/deep",
    "cp -T a d",
    "cp -rT d e",
    "cp -T a b c",
    "cp -t d a b",
    "cp -t missing a",
    "cp -t a b",
    "cp a a",
    "cp -f a a",
    "cp a to-a",
    "cp to-a c",
    "cp -P to-a c",
    "cp -d to-a c",
    "cp -a to-a c",
    "cp -Pv to-a b",
    "cp to-d c",
    "cp -r to-d c",
    "cp -rL to-d c",
    "cp -rH to-d c",
    "cp nowhere c",
    "cp a nowhere",
    "cp -L nowhere c",
    "cp -P nowhere c",
    "cp -n a b",
    "cp -nv a b",
    "cp -u a b",
    "cp -uv b a",
    "cp -s a c",
    "cp -s a d",
    "cp -s d/one c",
    "cp --parents d/deep/three e",
    "cp -v --parents d/deep/three e",
    "cp --parents d/one f",
    "cp -b a b",
    "cp -bv a b",
    "cp --backup=numbered a b",
    "cp --backup=t -v a b",
    "cp --backup=simple -S .old a b",
    "cp -S .bak a b",
    "cp --backup=wrong a b",
    "cp a newdir/",
    "cp a missing/c",
    "cp -- a c",
    "cp -x",
    "cp --wrong a b",
    "cp d/one d/deep/three a e",
    "cp d/one e/ e",
    "cp --attributes-only a b",
    "cp --remove-destination a to-a",
    "cp --remove-destination -v a b",
    "cp run.sh c",
    "cp -p run.sh c",
    "cp --no-preserve=mode run.sh c",
    "cp --preserve=wrong a c",
    "cp -r d/deep/.. e",
    "cp -a d/. e",
    "cp d/one/ c",
    "cp -rv d/ c",
    "cp -rn d e",
    "cp a d/one e to-d",
    "cp a~b c",
};

static void copying(void **state)
{
    struct counterpart both;

    counterpart_open(&both, cmd_programs);
    TRY(&both, ANY_ORDER, copying_lines);
    put_small_tree(&both);
    both_line(&both, SAME_TIMES, NULL, "cp -p b c");
    both_line(&both, ANY_ORDER | SAME_TIMES, NULL, "cp -av d x");
    both_line(&both, SAME, "y\n", "cp -i a b");
    both_line(&both, SAME, "n\n", "cp -i b run.sh");
    both_line(&both, SAME, "", "cp -i b run.sh");
    both_line(&both, SAME, "y\nn\n", "cp -iv a b d/one e/x d");
    both_line(&both, SAME, NULL, "cp a d/one");
    both_line(&both, SAME, NULL, "cp a d/a e");
    counterpart_close(&both);
}

static const char *const moving_lines[] = {
    "mv a c",       "mv -v a c",   "mv a b",       "mv a d",        "mv -v a b d",
    "mv d e",       "mv -T d e",   "mv -T d c",    "mv d a",        "mv a a",
    "mv d d",       "mv d d/deep", "mv d d/new",   "mv missing c",  "mv a missing/c",
    "mv a b c",     "mv",          "mv a",         "mv -n a b",     "mv -nv a b",
    "mv -u a b",    "mv -u b a",   "mv -b a b",    "mv -bv a b",    "mv --backup=numbered -v a b",
    "mv to-a c",    "mv a to-a",   "mv a to-d",    "mv to-d e",     "mv nowhere e",
    "mv a newdir/", "mv d/ c",     "mv d newdir/", "mv -t e a b d", "mv -t a b",
    "mv -T a d",    "mv -x",       "mv e d",       "mv d/deep .",   "mv d/one d/two .",
    "mv -f a b",
};

static void moving(void **state)
{
    struct counterpart both;

    counterpart_open(&both, cmd_programs);
    TRY(&both, SAME, moving_lines);
    put_small_tree(&both);
    both_line(&both, SAME, "n\n", "mv -i a b");
    both_line(&both, SAME, "y\n", "mv -iv a b");
    both_make_directory(&both, "e/d");
    both_put(&both, "e/d/f", "x");
    both_line(&both, SAME, NULL, "mv d e");
    both_line(&both, SAME, NULL, "mv b d/one e/d/f e");
    counterpart_close(&both);
}

static const char *const linking_lines[] = {
    "ln -s a c",
    "ln -s a b",
    "ln -sv a c",
    "ln -sf a b",
    "ln -sfv a b",
    "ln -s d/one",
    "ln -s d/one d/two e",
    "ln -s",
    "ln -st e a b",
    "ln -s a d",
    "ln -s ../a d",
    "ln -sn a to-d",
    "ln -sfn a to-d",
    "ln -sf a to-d",
    "ln -sfT a d",
    "ln -sT a d",
    "ln -sr d/one e/x",
    "ln -sr a e",
    "ln -srv d/deep/three e",
    "ln -sb a b",
    "ln -sbv a b",
    "ln -s missing c",
    "ln -s a missing/c",
    "ln -sf a a",
    "ln -s a b c",
    "ln -s / c",
    "ln -s  c",
    "ln -sf d e",
};

static void linking(void **state)
{
    struct counterpart both;

    counterpart_open(&both, cmd_programs);
    TRY(&both, SAME, linking_lines);
    put_small_tree(&both);
    both_line(&both, SAME, "y\n", "ln -si a b");
    both_line(&both, SAME, "n\n", "ln -si a run.sh");
    assert_runs(&both.machine, NULL, 1, "", "ln: hard links are not supported; use -s\n", "ln", "a", "c");
    assert_runs(&both.machine, NULL, 1, "", "cp: hard links are not supported; use -s\n", "cp", "-l", "a",
                "c");
    counterpart_close(&both);
}

static const char *const removing_lines[] = {
    "rm a",
    "rm -v a b",
    "rm d",
    "rm -r d",
    "rm -rv d",
    "rm -d e",
    "rm -d d",
    "rm missing a",
    "rm -f missing a",
    "rm",
    "rm -f",
    "rm -rf d e missing",
    "rm to-d",
    "rm -r to-d",
    "rm to-d/",
    "rm a/",
    "rm -r .",
    "rm -r ..",
    "rm -r d/..",
    "rm -rf d/.",
    "rm -- a",
    "rm -x",
    "rm -dv e a",
    "rm nowhere",
    "rm a/b",
    "rm -f a/b",
    "rm ",
    "rm -f ",
    "rmdir e",
    "rmdir d",
    "rmdir a",
    "rmdir missing",
    "rmdir -v e",
    "rmdir -p d/deep",
    "rmdir",
    "rmdir --ignore-fail-on-non-empty d",
    "rmdir e/",
    "rmdir to-d",
    "rmdir .",
    "rm --interactive=wrong a",
    "rm --interactive=never a",
    "rm -r a b d to-a nowhere",
};

static void removing(void **state)
{
    struct counterpart both;

    counterpart_open(&both, cmd_programs);
    TRY(&both, ANY_ORDER, removing_lines);
    put_small_tree(&both);
    both_line(&both, SAME, "n\n", "rm -i a");
    both_line(&both, SAME, "y\n", "rm -i a");
    both_line(&both, SAME, "y\n", "rm -i empty");
    both_line(&both, SAME, "y\ny\n", "rm -ri e");
    both_line(&both, SAME, "y\nn\n", "rm -riv d/deep");
    both_line(&both, SAME, "n\n", "rm -rI d");
    both_line(&both, SAME, "y\n", "rm -rI d");
    both_line(&both, SAME, "y\n", "rm -I b run.sh to-a to-d");
    counterpart_close(&both);
}

static const char *const making_directories_lines[] = {
    "mkdir x",
    "mkdir x y z",
    "mkdir a",
    "mkdir d",
    "mkdir x/y",
    "mkdir -p x/y/z",
    "mkdir -pv x/y/z",
    "mkdir -v x",
    "mkdir -p d/deep/x",
    "mkdir -p a/x",
    "mkdir -p d",
    "mkdir -p a",
    "mkdir",
    "mkdir -m 700 x",
    "mkdir -m u=rwx,go= x",
    "mkdir -m wrong x",
    "mkdir -p -m 711 x/y",
    "mkdir -p to-d/x",
    "mkdir nowhere",
    "mkdir -p nowhere/x",
    "mkdir x/",
    "mkdir -p x//y/",
    "mkdir -m +t x",
    "mkdir -p ./x/../y",
    "mkdir ",
    "mkdir -m a=rx,u+w x",
    "mkdir -m 1777 x",
    "mkdir -p /",
    "mkdir /",
};

static void making_directories(void **state)
{
    struct counterpart both;

    counterpart_open(&both, cmd_programs);
    TRY(&both, SAME, making_directories_lines);
    counterpart_close(&both);
}

static const char *const resolving_lines[] = {
    "readlink to-a",
    "readlink a",
    "readlink -v a",
    "readlink -v missing",
    "readlink -f to-a",
    "readlink -f nowhere",
    "readlink -e nowhere",
    "readlink -ev nowhere",
    "readlink -m x/y/../z",
    "readlink -f x/y",
    "readlink -fv x/y",
    "readlink -f d/up",
    "readlink -n to-a",
    "readlink -n to-a to-d",
    "readlink -z to-a to-d",
    "readlink",
    "readlink -f .",
    "readlink -f a/",
    "readlink -fv a/",
    "readlink -e d/",
    "readlink -m a/b",
    "readlink -f to-d/deep/../one",
    "readlink -f missing/",
    "readlink to-d/",
    "readlink -f /",
    "readlink -f //",
    "realpath a",
    "realpath to-a",
    "realpath missing",
    "realpath x/y",
    "realpath -e missing",
    "realpath -m x/y/z",
    "realpath -q -e missing a",
    "realpath -s to-d/one",
    "realpath -L to-d/..",
    "realpath -P to-d/..",
    "realpath --relative-to=d a",
    "realpath --relative-to=. d/deep",
    "realpath --relative-base=d d/one a",
    "realpath --relative-to=d/deep e",
    "realpath --relative-to=d d",
    "realpath -z a b",
    "realpath",
    "realpath .",
    "realpath d/../e",
    "realpath -s d/../e",
    "realpath nowhere",
    "realpath -e nowhere",
    "realpath --relative-to=d --relative-base=. e",
    "dirname a/b",
    "dirname a",
    "dirname /a",
    "dirname /",
    "dirname //a//b//",
    "dirname a b/c",
    "dirname -z a/b",
    "dirname",
    "dirname a/",
    "dirname ",
    "dirname -x",
    "basename a/b.c .c",
    "basename -s .c a.c b.c",
};

static void resolving(void **state)
{
    struct counterpart both;

    counterpart_open(&both, cmd_programs);
    TRY(&both, SAME, resolving_lines);
    counterpart_close(&both);
}

static void put_names(struct counterpart *both)
{
    both_clear(both);
    both_put(both, "Makefile", "all:\n");
    both_put(both, "a space", "x");
    both_put(both, "it's", "xy");
    both_put(both, "quo\"te", "xyz");
    both_put(both, "tab\there", "");
    both_put(both, "new\nline", "");
    both_put(both, "back\\slash", "");
    both_put(both, "umlaut-\xc3\xa4", "");
    both_put(both, "bad-\xff", "");
    both_put(both, "wide-\xe4\xb8\xad", "");
    both_put(both, ".hidden", "");
    both_put(both, "backup~", "");
    both_put(both, "file1.txt", "1");
    both_put(both, "file10.txt", "10");
    both_put(both, "file2.txt", "22222");
    both_put(both, "z.c", "int main;\n");
    both_make_directory(both, "dir");
    both_make_directory(both, "dir/sub");
    both_put(both, "dir/inner", "");
    both_put(both, "dir/sub/leaf", "");
    both_make_directory(both, "other");
    both_link(both, "link", "z.c");
    both_link(both, "dirlink", "dir");
    both_link(both, "broken", "gone");
    both_put(both, "prog", "#!\n");
    both_set(both, "dir", 0755, 1577934245);
    both_set(both, "prog", 0755, 1500000000);
    both_set(both, "file2.txt", 0644, 1400000000);
    both_set(both, "file10.txt", 0644, 1600000000);
}

static const char *const listing_lines[] = {
    "ls",
    "ls -a",
    "ls -A",
    "ls -B",
    "ls -1",
    "ls -C",
    "ls -x",
    "ls -m",
    "ls -C -w 40",
    "ls -C -w 200",
    "ls -x -w 60",
    "ls -m -w 30",
    "ls -Cw1",
    "ls -Cw0",
    "ls -xw0",
    "ls -F",
    "ls -p",
    "ls --file-type",
    "ls -CF",
    "ls -r",
    "ls -t",
    "ls -tr",
    "ls -S z.c file1.txt prog file2.txt",
    "ls -Sr z.c file1.txt prog file2.txt",
    "ls -X",
    "ls -v",
    "ls -vr",
    "ls -R",
    "ls -Ra",
    "ls -d",
    "ls -d dir",
    "ls dir",
    "ls dir other",
    "ls z.c dir",
    "ls -d dir z.c",
    "ls missing",
    "ls missing dir",
    "ls dirlink",
    "ls -d dirlink",
    "ls -F dirlink",
    "ls -FH dirlink",
    "ls -Q",
    "ls -b",
    "ls -q",
    "ls -N",
    "ls -Cq",
    "ls --quoting-style=shell",
    "ls --quoting-style=shell-escape",
    "ls --quoting-style=shell-always",
    "ls -C --quoting-style=shell-escape",
    "ls -x --quoting-style=shell",
    "ls -C --quoting-style=c-maybe",
    "ls -m --quoting-style=shell-escape",
    "ls -Cw0 --quoting-style=shell-escape",
    "ls -C --quoting-style=shell-escape dir",
    "ls -CF -w 50 --quoting-style=shell-escape",
    "ls --quoting-style=c-maybe",
    "ls --quoting-style=clocale",
    "ls -Cb",
    "ls -CQ",
    "ls --quoting-style=c",
    "ls --quoting-style=literal",
    "ls -I *.txt",
    "ls --hide=*.txt",
    "ls -a --hide=*.txt",
    "ls --group-directories-first",
    "ls -r --group-directories-first",
    "ls --zero",
    "ls --format=commas",
    "ls --format=single-column",
    "ls --color=never",
    "ls --color=auto",
    "ls -L broken",
    "ls broken",
    "ls -H dirlink",
    "ls -w x",
    "ls -x --zero",
    "ls --indicator-style=slash",
    "ls -CT4 -w 50",
    "ls -CT0 -w 50",
    "ls -m -F",
    "ls -R dir other",
    "ls ./dir/",
    "ls -- dir",
    "ls -y",
    "ls --wrong",
    "ls --al",
    "ls --a",
    "ls z.c/",
    "ls -g missing",
    "ls --classify=never",
    "ls --classify=auto",
    "ls --classify",
    "ls --sort=width",
    "ls --sort=version",
    "ls -U z.c dir",
    "ls -d */",
    "ls -CR",
    "ls -mw9 dir",
    "ls -i missing",
    "ls -dF dir link broken prog",
};

static const char *const listing_colored[] = {
    "ls --color=always",
    "ls --color",
    "ls -C --color=always",
    "ls -F --color=always",
    "ls --color=always dir other",
    "ls -R --color=always dir",
    "ls --color=always broken link",
};

static void listing(void **state)
{
    struct counterpart both;
    size_t i;

    counterpart_open(&both, cmd_programs);
    put_names(&both);
    for (i = 0; i < sizeof listing_lines / sizeof listing_lines[0]; i++)
        both_line(&both, SAME, NULL, listing_lines[i]);
    both.machine.environment[3] = "TERM=xterm-256color";
    for (i = 0; i < sizeof listing_colored / sizeof listing_colored[0]; i++)
        both_line(&both, SAME, NULL, listing_colored[i]);
    both.machine.environment[4] = "LS_COLORS=di=34:*.txt=35:ex=1:or=31:mi=41:fi=0";
    for (i = 0; i < sizeof listing_colored / sizeof listing_colored[0]; i++)
        both_line(&both, SAME, NULL, listing_colored[i]);
    counterpart_close(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copying),
        cmocka_unit_test(moving),
        cmocka_unit_test(linking),
        cmocka_unit_test(removing),
        cmocka_unit_test(making_directories),
        cmocka_unit_test(resolving),
        cmocka_unit_test(listing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
