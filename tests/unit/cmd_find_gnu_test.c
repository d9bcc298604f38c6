/* find and xargs beside the system's own. */
#include "cmd/commands.h"
#include "counterpart.h"

static void put_tree(struct counterpart *both)
{
    both_clear(both);
    both_put(both, "a.c", "int a;\n");
    both_put(both, "B.C", "int b;\n");
    both_put(both, "empty", "");
    both_put(both, ".hidden", "x");
    both_put(both, "a space", "1\n");
    both_make_directory(both, "src");
    both_put(both, "src/main.c", "int main(void);\n");
    both_put(both, "src/main.h", "");
    both_make_directory(both, "src/deep");
    both_make_directory(both, "src/deep/deeper");
    both_put(both, "src/deep/deeper/leaf.txt", "leaf\n");
    both_make_directory(both, "void");
    both_link(both, "link", "a.c");
    both_link(both, "dirlink", "src");
    both_link(both, "broken", "gone");
    both_put(both, "big", "0123456789012345678901234567890123456789012345678901234567890123456789\n");
    both_set(both, "a.c", 0600, 1500000000);
    both_set(both, "B.C", 0755, 1600000000);
}

static const char *const finding_lines[] = {
    "find",
    "find .",
    "find src",
    "find src void",
    "find src/ -name *.c",
    "find . -name *.c",
    "find . -iname *.c",
    "find . -name *space*",
    "find . -name [a-b]*",
    "find . -name [!a-b]*",
    "find . -name [[:upper:]]*",
    "find . -name .*",
    "find . -name ?.c",
    "find . -path ./src/*",
    "find . -ipath ./SRC/*",
    "find . -wholename *deep*",
    "find . -regex .*/main\\..",
    "find . -regex .*\\(main\\|leaf\\).*",
    "find . -regextype posix-extended -regex .*(main|leaf).*",
    "find . -iregex .*MAIN.*",
    "find . -regex .*ma+in.*",
    "find . -type f",
    "find . -type d",
    "find . -type l",
    "find . -type f,l",
    "find . -type p",
    "find . -xtype f",
    "find . -xtype l",
    "find -L . -type f",
    "find -L . -type l",
    "find -L . -xtype l",
    "find -H dirlink",
    "find -P dirlink",
    "find -L dirlink",
    "find dirlink/",
    "find . -type f -size 0",
    "find . -type f -size +0",
    "find . -type f -size -2c",
    "find . -type f -size 7c",
    "find . -type f -size 1k",
    "find . -type f -size 1",
    "find . -type f -size -1k",
    "find . -empty",
    "find . -type d -empty",
    "find . -newer a.c -type f",
    "find . -not -newer B.C -type f",
    "find . -newermt 2018-01-01 -type f",
    "find . ! -newermt 2018-01-01 -type f",
    "find . -neweram a.c -type f",
    "find . -newermt @1550000000 -type f",
    "find . -mtime +100 -type f",
    "find . -mtime -100 -type f",
    "find . -mmin +100 -type f",
    "find . -perm 600",
    "find . -perm -u+x -type f",
    "find . -perm /111 -type f",
    "find . -perm -644 -type f",
    "find . -perm u=rw,go=r -type f",
    "find . -maxdepth 0",
    "find . -maxdepth 1",
    "find . -mindepth 2",
    "find . -mindepth 1 -maxdepth 1 -type d",
    "find src -depth",
    "find src -d -name deep*",
    "find . -name src -prune -o -print",
    "find . -path ./src/deep -prune -o -type f -print",
    "find . -type d -name src -prune",
    "find . ( -name *.c -o -name *.h ) -print",
    "find . -name *.c -o -name *.h",
    "find . -name *.c -print -o -name *.h -print",
    "find . ! -name *.c -type f",
    "find . -not ( -name *.c -o -type d )",
    "find . -name *.c -a -size +7c",
    "find . -name a.c , -name B.C",
    "find . -false -o -true -name a.c",
    "find . ! ! -name a.c",
    "find src -print0",
    "find src -printf %p\\n",
    "find src -printf %f~%h~%P~%H~%d\\n",
    "find src/ -printf %f~%h~%P~%H~%d\\n",
    "find a.c src/main.c -printf %f~%h~%P~%H~%d\\n",
    "find a.c B.C -printf %m~%M~%s~%y~%n\\n",
    "find link dirlink broken -printf %p~%l~%y~%Y\\n",
    "find a.c B.C -printf %t\\n",
    "find a.c B.C -printf %T@~%TY-%Tm-%Td~%TH:%TM\\n",
    "find a.c -printf %T+\\n",
    "find a.c -printf %10f|%-10f|%.2f|\\n",
    "find a.c -printf %5s|%-5s|%05s|\\n",
    "find a.c -printf \\t\\101\\\\%%\\n",
    "find a.c -printf x\\cy",
    "find a.c B.C -quit",
    "find a.c B.C -print -quit",
    "find void empty -delete",
    "find src -delete",
    "find . -name *.c -delete -print",
    "find . -lname a*",
    "find . -samefile a.c",
    "find -L . -samefile a.c",
    "find . -readable -type f",
    "find . -executable -type f",
    "find . -nouser",
    "find . -links 1 -type f",
    "find missing",
    "find missing a.c",
    "find a.c -exec echo found {} ;",
    "find a.c B.C -exec echo {} {}x ;",
    "find a.c B.C empty -exec echo {} +",
    "find . -maxdepth 1 -type f -exec cat {} ;",
    "find a.c -exec false ; -print",
    "find a.c -exec true ; -print",
    "find a.c B.C -exec false {} +",
    "find src -name main.c -execdir echo {} ;",
    "find src -name *.h -execdir pwd ;",
    "find a.c -exec nonesuch {} ;",
    "find . -name *.c -exec grep",
    "find . -exec ;",
    "find . -name",
    "find . -wrong",
    "find . a.c -name x b",
    "find . (",
    "find . ( -name a",
    "find . -name a )",
    "find . -type",
    "find . -type x",
    "find . -size x",
    "find . -mtime x",
    "find . -perm x",
    "find . -maxdepth x",
    "find . -maxdepth -1",
    "find . -user nobody-here",
    "find . -newer missing",
    "find . -o -name a",
    "find . -name a -o",
    "find . !",
    "find . -name a -a -a -name b",
};

static void finding(void **state)
{
    struct counterpart both;
    size_t i;

    counterpart_open(&both, cmd_programs);
    for (i = 0; i < sizeof finding_lines / sizeof finding_lines[0]; i++) {
        bool syntax = i + 24 >= sizeof finding_lines / sizeof finding_lines[0];
        put_tree(&both);
        both_line(&both, ANY_ORDER | (syntax ? ANY_ERRORS : 0), NULL, finding_lines[i]);
    }
    both_try(&both, SAME, NULL, "find", "a.c", "-newermt", "2017-07-14 02:40:00");
    both_try(&both, SAME, NULL, "find", "a.c", "-newermt", "2017-07-14 02:39:59");
    counterpart_close(&both);
}

static const struct {
    const char *input, *line;
} passing_on_tries[] = {
    {"a b c\n", "xargs"},
    {"a b c\n", "xargs echo"},
    {"", "xargs echo x"},
    {"", "xargs -r echo x"},
    {"   \n \n", "xargs echo x"},
    {"a b c d e\n", "xargs -n 2 echo"},
    {"a b c d e\n", "xargs -n2"},
    {"a b c d e\n", "xargs -n 1 echo -"},
    {"a b\nc d\ne\n", "xargs -L 1 echo"},
    {"a b\nc d\ne\n", "xargs -L 2 echo"},
    {"a b \nc d\ne\n", "xargs -L 1 echo"},
    {"\n\na\n\nb\n", "xargs -L 1 echo"},
    {"a b\nc d\n", "xargs -I {} echo [{}]"},
    {"  a b\n\nc d\n", "xargs -I {} echo [{}]"},
    {"a\nb\n", "xargs -I % echo % and %"},
    {"a\nb\n", "xargs -i echo {}x{}"},
    {"a\nb\n", "xargs -IX echo fixed"},
    {"a\nb\n", "xargs -I {} -n 1 echo {}"},
    {"'a b' \"c d\" e\\ f\n", "xargs -n 1 echo"},
    {"'a\"b' \"c'd\"\n", "xargs -n 1 echo"},
    {"a''b \"\" c\n", "xargs -n 1 echo x"},
    {"a\\\nb\n", "xargs -n 1 echo"},
    {"'open\n", "xargs echo"},
    {"\"open", "xargs echo"},
    {"a b\nc", "xargs -d \\n -n 1 echo"},
    {"a,b,c", "xargs -d , echo"},
    {"a,b,c\n", "xargs -d, -n1 echo"},
    {"a:b", "xargs -d \\072 echo"},
    {"a:b", "xargs -d \\x3a echo"},
    {"a b", "xargs -d ab echo"},
    {"one\ntwo\nend\nthree\n", "xargs -E end echo"},
    {"one two end three\n", "xargs -Eend echo"},
    {"one\ntwo\n", "xargs -E  echo"},
    {"a b c\n", "xargs -t echo"},
    {"a b c\n", "xargs -n1 -t echo x"},
    {"1 2 3\n", "xargs false"},
    {"1 2 3\n", "xargs -n1 false"},
    {"1 2 3\n", "xargs true"},
    {"1\n", "xargs nonesuch"},
    {"1\n", "xargs -n1 ./void"},
    {"aaaa bbbb cccc dddd\n", "xargs -s 15 echo"},
    {"aaaa bbbb cccc dddd\n", "xargs -s 20 echo"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaa\n", "xargs -s 15 echo"},
    {"a b c d\n", "xargs -n 3 -x echo"},
    {"a b\n", "xargs -a a.c echo"},
    {"a b\n", "xargs -a missing echo"},
    {"a b\n", "xargs -n x echo"},
    {"a b\n", "xargs -n 0 echo"},
    {"a b\n", "xargs -w echo"},
    {"a.c\nB.C\n", "xargs cat"},
    {"a.c B.C\n", "xargs -P 4 -n 1 cat"},
    {"in\n", "xargs cat -"},
    {"-n a\n", "xargs echo"},
    {"a b c", "xargs -l1 echo"},
    {"a b\nc\n", "xargs -l echo"},
    {"a\tb\vc\n", "xargs -n1 echo"},
    {"x y\n", "xargs --max-args=1 echo"},
    {"x y\n", "xargs --max-args 1 --verbose echo"},
    {"a\n", "xargs env -i"},
    {"src/main.c\n", "xargs -I{} cp {} void/{}"},
};

static void passing_on(void **state)
{
    struct counterpart both;
    size_t i;

    counterpart_open(&both, cmd_programs);
    for (i = 0; i < sizeof passing_on_tries / sizeof passing_on_tries[0]; i++) {
        put_tree(&both);
        both_line(&both, ANY_ORDER, passing_on_tries[i].input, passing_on_tries[i].line);
    }
    counterpart_close(&both);
}

static void xargs_takes_what_ends_with_nul(void **state)
{
    struct machine machine;

    machine_open(&machine, cmd_programs, NULL);
    machine_run(&machine, "a b\0c\nd\0'e", 10, (const char *const[]){"xargs", "-0", "-n", "1", "echo", NULL});
    machine_check(&machine, 0, "a b\nc\nd\n'e\n", "", __FILE__, __LINE__);
    machine_close(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finding),
        cmocka_unit_test(passing_on),
        cmocka_unit_test(xargs_takes_what_ends_with_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
