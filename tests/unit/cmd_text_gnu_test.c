/* The utilities for text against this system's GNU programs: the lines of tests/unit/gnu, the same files, and
 * all that comes of it compared. */
#include <locale.h>
#include <wchar.h>

#include "base/characters.h"
#include "cmd/commands.h"
#include "twins.h"

#define LONG_LINE (1u << 20)

#define FILE_OF(name, content)                                                                               \
    {                                                                                                        \
        name, content, sizeof(content) - 1                                                                   \
    }

static const struct {
    const char *name, *content;
    size_t size;
} files[] = {
    FILE_OF("empty", ""),
    FILE_OF("a", "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven\ntwelve\n"),
    FILE_OF("cut", "first\nsecond\nlast without end"),
    FILE_OF("blank", "\n\nx\n\n\n\ny y\n \n\t\n"),
    FILE_OF("utf8",
            "gr\xc3\xbc\xc3\x9f dich\n\xe6\x97\xa5\xe6\x9c\xac x\nbad \xff\xc3 end\ne\xcc\x81t\xc3\xa9\n"),
    FILE_OF("letters", "gr\xc3\xbc\xc3\x9f dich\n\xe6\x97\xa5\xe6\x9c\xac x\n\xf0\x9f\x98\x80!\n"),
    FILE_OF("fields", "b:2:x y\na:10:z\n\nc::q\nnone\n:1:\nd:3:w:v\n"),
    FILE_OF("zeros", "b\0a\0c c\0\0last\0"),
    FILE_OF("names", "a\0cut\0nope\0"),
    FILE_OF("names0", "a\0cut\0"),
    FILE_OF("words", "pear\nApple\napple\nPear\n-fig\nfig\n#x\nb_a\nba\nb a\npear\n\na\001b\n"),
    FILE_OF("numbers", "10\n9\n-3\n 4\n4.50\n4.5\n1e3\n-0\n0\nabc\n-3.25\n00010\n99999999999999999999\n"
                       "99999999999999999998\n.5\n-.5\n+7\n0x10\nnan\n-inf\n5 x\n\n1.05\n1.5\n"),
    FILE_OF("human", "1K\n2\n1023\n3M\n-1G\n-2K\n1.5K\n1T\n0\nx\n900k\n-5\n1.4K\n12Mx\n"),
    FILE_OF("months", "mar\nJAN\n feb\nxyz\nDecember\nju\nJul\n\nAPR 1\n"),
    FILE_OF("versions", "v1.10\nv1.9\nv1.9a\nv1.09\nf-1.2.tar.gz\nf-1.10.tar.gz\nf.txt\nf1.txt\n.a\n..\n.\n\n"
                        "a~\na\na.b\n1.0~rc1\n1.0\n1.0-1\nfoo.\nfoo.1\nx9.a9\nx9.a10\n"),
    FILE_OF("blanks", "b  2 x\na 10 y\n c\t3\n  a 2\nb 1\n\n\t\td 1 1\n"),
    FILE_OF("sorted", "1\n2\n2\n3\n5\n"),
    FILE_OF("a2", "x\n"),
    FILE_OF("same", "x\nx\nx\n"),
    FILE_OF("pats", "one\nve\n"),
    FILE_OF("tree/a.c", "int one;\nelse\n"),
    FILE_OF("tree/b.h", "define\n"),
    FILE_OF("tree/.hidden", "secret\n"),
    FILE_OF("tree/sub/c.c", "int three;\nnone\n"),
    FILE_OF("tree/sub/empty", ""),
    FILE_OF("twice", "a 1\na 1\nA 1\nb 1\nb 2\nb 2\n\n\nc 2\nxc 2\nd\nd\nd\nend"),
    FILE_OF("tabs", "a\tb\tc\n\t\tx\nno\n1\t2\n"),
    FILE_OF("script", "# a script\n2d\ns/e/E/g\n$a\\\nthe end\n"),
    FILE_OF("edit", "one\ntwo\nthree\n"),
    FILE_OF("edit2", "four\nfive"),
    FILE_OF("tabbed",
            "a\tb\tc\n\tx y\tz\n  \t  two\n        \t.\n\t\tlong line of words here\tend\n12345678\tx\n"),
    FILE_OF("spaces",
            "        eight\n    four    and    more\n  two\n a b  c   d    e        f\n                x   "
            "     y \n       seven\n     \n12345678 a\n1234567 b\n1234567  c\n123456  d\n"),
    FILE_OF("backs", "abc\b\bdef\rghi jkl\b mno\tp\n"),
    FILE_OF("pages", "\\:\\:\\:\nhead\n\\:\\:\nbody\nbody\n\\:\nfoot\n\\:\\:\\:\nhead\n\\:\\:\nbody\n"),
    FILE_OF("pages2", "one\nxyxyxy\ntwo\nxyxy\nthree\n"),
    FILE_OF("pages3", "one\nx:x:x:\ntwo\nx:x:\nthree\n"),
    FILE_OF("s1", "a\nb\nc\nc\ne\n"),
    FILE_OF("s2", "b\nc\nd\ne\nf"),
};

/* `long` has a line of 1 MB, `thousand` the numbers to 1000, `dump` a line again and again. */
static void put_made(struct twins *twins)
{
    static const double numbers[] = {1, 0.1, -2.5e300, 1e-310, 3.14159265358979, 100000, 1e22, 0};
    struct buffer text = {0};
    int i;

    for (i = 1; i <= 1000; i++) buffer_printf(&text, "%d\n", i);
    twins_put_bytes(twins, "thousand", text.data, text.size);
    buffer_clear(&text);
    buffer_put_string(&text, "begin\n");
    for (i = 0; i < (int)LONG_LINE; i++) buffer_put_byte(&text, (char)('a' + i % 26));
    buffer_put_string(&text, "\nend\n");
    twins_put_bytes(twins, "long", text.data, text.size);
    buffer_clear(&text);
    for (i = 0; i < 100; i++) buffer_put_string(&text, "sameline");
    buffer_put_string(&text, "end");
    twins_put_bytes(twins, "dump", text.data, text.size);
    buffer_free(&text);
    twins_put_bytes(twins, "floats", numbers, sizeof numbers);
}

static void try_file(const char *path, unsigned least)
{
    struct twins twins;
    size_t i;

    twins_open(&twins, cmd_programs);
    twins_make_directory(&twins, "dir");
    twins_make_directory(&twins, "tree");
    twins_make_directory(&twins, "tree/sub");
    for (i = 0; i < sizeof files / sizeof files[0]; i++)
        twins_put_bytes(&twins, files[i].name, files[i].content, files[i].size);
    put_made(&twins);
    twins_input(&twins, "in 1\nin 2\nin 3\n");
    twins_try_file(&twins, path);
    assert_true(twins.runs >= least);
    twins_close(&twins);
}

static void columns_is_like_gnu(void **state)
{
    try_file("tests/unit/gnu/columns.txt", 100);
}

static void cut_is_like_gnu(void **state)
{
    try_file("tests/unit/gnu/cut.txt", 60);
}

static void grep_is_like_gnu(void **state)
{
    try_file("tests/unit/gnu/grep.txt", 150);
}

static void head_is_like_gnu(void **state)
{
    try_file("tests/unit/gnu/head.txt", 50);
}

static void od_is_like_gnu(void **state)
{
    try_file("tests/unit/gnu/od.txt", 70);
}

static void sed_is_like_gnu(void **state)
{
    try_file("tests/unit/gnu/sed.txt", 200);
}

static void seq_is_like_gnu(void **state)
{
    try_file("tests/unit/gnu/seq.txt", 50);
}

static void sort_is_like_gnu(void **state)
{
    try_file("tests/unit/gnu/sort.txt", 90);
}

static void tac_and_rev_is_like_gnu(void **state)
{
    try_file("tests/unit/gnu/tac-rev.txt", 25);
}

static void tail_is_like_gnu(void **state)
{
    try_file("tests/unit/gnu/tail.txt", 70);
}

static void tee_is_like_gnu(void **state)
{
    try_file("tests/unit/gnu/tee.txt", 15);
}

static void tr_is_like_gnu(void **state)
{
    try_file("tests/unit/gnu/tr.txt", 80);
}

static void uniq_is_like_gnu(void **state)
{
    try_file("tests/unit/gnu/uniq.txt", 50);
}

static void wc_is_like_gnu(void **state)
{
    try_file("tests/unit/gnu/wc.txt", 30);
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
        cmocka_unit_test(columns_is_like_gnu),
        cmocka_unit_test(cut_is_like_gnu),
        cmocka_unit_test(grep_is_like_gnu),
        cmocka_unit_test(head_is_like_gnu),
        cmocka_unit_test(od_is_like_gnu),
        cmocka_unit_test(sed_is_like_gnu),
        cmocka_unit_test(seq_is_like_gnu),
        cmocka_unit_test(sort_is_like_gnu),
        cmocka_unit_test(tac_and_rev_is_like_gnu),
        cmocka_unit_test(tail_is_like_gnu),
        cmocka_unit_test(tee_is_like_gnu),
        cmocka_unit_test(tr_is_like_gnu),
        cmocka_unit_test(uniq_is_like_gnu),
        cmocka_unit_test(wc_is_like_gnu),
        cmocka_unit_test(widths_are_those_of_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
