/* Utilities about permissions, times, environments, processes and bytes beside the system's own. */
#include "cmd/commands.h"
#include "counterpart.h"

static void put_files(struct counterpart *both)
{
    both_clear(both);
    both_put(both, "a", "alpha\n");
    both_put(both, "b", "alpha\nbeta\n");
    both_put(both, "c", "alphA\nbeta\n");
    both_put(both, "empty", "");
    both_put(both, "lines", "one\ntwo\nthree\n");
    both_make_directory(both, "d");
    both_put(both, "d/f", "f\n");
    both_put(both, "d/g", "g\n");
    both_link(both, "to-a", "a");
    both_link(both, "nowhere", "gone");
    both_set(both, "d/g", 0755, 1500000000);
    both_set(both, "b", 0600, 1600000000);
    both_set(both, "d", 0755, 1577934245);
}

static void try_lines(struct counterpart *both, unsigned flags, const char *input, const char *const *lines,
                      size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        put_files(both);
        both_line(both, flags, input, lines[i]);
    }
}

#define TRY(both, flags, input, lines)                                                                       \
    try_lines(both, flags, input, lines, sizeof(lines) / sizeof((lines)[0]))

static const char *const permissions_lines[] = {
    "chmod 700 a",
    "chmod 0 a",
    "chmod 7777 a",
    "chmod 1777 d",
    "chmod 00755 d",
    "chmod u+x a",
    "chmod +x a",
    "chmod a+x,u-w a",
    "chmod go= b",
    "chmod u=rwx,g=rx,o= a",
    "chmod g=u b",
    "chmod o=g,g=u b",
    "chmod a=X a",
    "chmod a+X d/g",
    "chmod a+X d a",
    "chmod -x d/g",
    "chmod -w a",
    "chmod -rwx a",
    "chmod u-w,+x a",
    "chmod -v 700 a",
    "chmod -v 644 a",
    "chmod -c 644 a b",
    "chmod -c 700 a b",
    "chmod -R 700 d",
    "chmod -Rv u=rwX,go= d",
    "chmod u+s a",
    "chmod g+s d",
    "chmod +t d",
    "chmod u+s,g+s,o+t a",
    "chmod --reference=b a",
    "chmod 644 missing",
    "chmod -f 644 missing",
    "chmod 644",
    "chmod",
    "chmod wrong a",
    "chmod 888 a",
    "chmod 77777 a",
    "chmod u+ a",
    "chmod ug+o a",
    "chmod 600 to-a",
    "chmod 600 nowhere",
    "chmod -- -x d/g",
    "chmod u=g a",
    "chmod =r a",
    "chmod = a",
    "chmod +rw,-x d/g",
    "chmod u=rw+x a",
    "chmod a-r+w a",
    "chmod ugo+rwx a d",
    "chmod -z a",
    "chmod -R a-x+X d",
    "chmod +7 a",
    "chmod =755 a",
    "chmod u=rws,g=rws a",
    "chmod 02755 d",
    "chmod --reference=missing a",
    "chmod 755 d a missing b",
};

static void permissions(void **state)
{
    struct counterpart both;

    counterpart_open(&both, cmd_programs);
    TRY(&both, ANY_ORDER, NULL, permissions_lines);
    counterpart_close(&both);
}

static const char *const knowing_wrong[] = {"cmp", "cmp -n x a b", "cmp a b c d", "cmp -z a b",
                                            "cmp a b 1 2 3"};

static const char *const knowing_lines[] = {
    "stat -c %n~%s~%F a empty to-a",
    "stat -c %a~%A a b d/g d",
    "stat -c %f a d to-a",
    "stat -c %N a to-a nowhere",
    "stat -c %h a",
    "stat -c %y a",
    "stat -c %Y~%X a b",
    "stat -c %x b",
    "stat -c %.3Y~%.Y a",
    "stat -c %10s|%-10s|%010s| b",
    "stat -c %5a|%-5a|%#a| b",
    "stat -c %.2n| lines",
    "stat -c %%~%q a",
    "stat --printf=%n\\t%s\\n a b",
    "stat --printf=%n\\101\\\\ a",
    "stat -L -c %F to-a",
    "stat -L -c %F nowhere",
    "stat -c %F to-a nowhere",
    "stat missing",
    "stat -c %n missing a",
    "stat",
    "stat -q a",
    "stat -c%s a",
    "stat --format=%s a b c",
    "stat -c %s\\n a",
    "stat -c %B~%o a",
    "stat -c %G",
    "truncate -s 3 a",
    "truncate -s 20 a",
    "truncate -s +5 a",
    "truncate -s -3 a",
    "truncate -s <3 a",
    "truncate -s >30 a",
    "truncate -s /4 b",
    "truncate -s %4 b",
    "truncate -s 0 new",
    "truncate -c -s 0 new",
    "truncate -s 1K a",
    "truncate -s x a",
    "truncate -s 5",
    "truncate a",
    "truncate -r b a",
    "truncate -r b -s +1 a",
    "truncate -r b -s 1 a",
    "truncate -s 1 d",
    "truncate -s 1 x/y",
    "truncate -r missing a",
    "truncate -s -100 a",
    "truncate -o -s 1 a",
    "truncate -o a",
    "truncate -s /0 a",
    "cmp a a",
    "cmp a b",
    "cmp b a",
    "cmp b c",
    "cmp -l b c",
    "cmp -b b c",
    "cmp -bl b c",
    "cmp -s b c",
    "cmp -s a b",
    "cmp a empty",
    "cmp empty a",
    "cmp empty empty",
    "cmp a missing",
    "cmp missing a",
    "cmp a",
    "cmp a -",
    "cmp - a",
    "cmp -n 4 b c",
    "cmp -n 5 b c",
    "cmp -i 5 b c",
    "cmp -i 1:0 b c",
    "cmp b c 5 5",
    "cmp b c 5",
    "cmp -l a b",
    "cmp d a",
};

static void knowing(void **state)
{
    struct counterpart both;

    counterpart_open(&both, cmd_programs);
    both.machine.environment[3] = "TZ=UTC0";
    TRY(&both, SAME, "alpha\n", knowing_lines);
    TRY(&both, ANY_ERRORS, "alpha\n", knowing_wrong);
    counterpart_close(&both);
}

static const char *const touching_lines[] = {
    "touch -t 202001020304 a",
    "touch -t 202001020304.05 new",
    "touch -d 2021-05-06 a",
    "touch -d @1234567890 a",
    "touch -r b a",
    "touch -r b -d +1~day a",
    "touch -c -d @5 new",
    "touch -h -d @5 to-a",
    "touch -d @5 to-a",
    "touch -d @5 nowhere",
    "touch -t 13 a",
    "touch -d wrong a",
    "touch -m -d @5 a",
    "touch",
    "touch -r missing a",
    "touch -d @5 x/y",
    "touch -d @5 d/new e f",
    "touch -t 202001020304 -d @5 a",
    "touch --date=@77 a b",
    "touch -c missing",
    "touch -d 2021-05-06T07:08:09Z a",
    "touch --time=mtime -d @9 a",
    "touch --time=wrong a",
    "touch -h missing",
    "touch -d @5 a/b",
    "touch -d @5 missing/",
};

static void touching(void **state)
{
    struct counterpart both;

    counterpart_open(&both, cmd_programs);
    both.machine.environment[3] = "TZ=UTC0";
    TRY(&both, SAME_TIMES, NULL, touching_lines);
    counterpart_close(&both);
}

static const char *const dates_lines[] = {
    "date -d @0",
    "date -u -d @0",
    "date -u -d @1234567890 +%Y-%m-%dT%H:%M:%S",
    "date -d 2024-02-29 +%j~%U~%a~%A~%b~%B",
    "date -d @1.5 +%s.%N",
    "date -d 2024-03-12T10:00:00Z -R",
    "date -d @0 -I",
    "date -d @0 -Iseconds",
    "date -d @0 -Ins",
    "date -d @0 --iso-8601=hours",
    "date -d @0 --rfc-3339=seconds",
    "date -d @0 --rfc-3339=ns",
    "date -d @0 -Iwrong",
    "date -r b",
    "date -r missing",
    "date -r b +%F",
    "date -d wrong",
    "date -d @0 +%F +%T",
    "date -d @0 -R +%F",
    "date -d @0 -r b",
    "date -d @0 wrong",
    "date -d @0 +%-d/%_m/%^a",
    "date -d @0 +",
    "date -d @0 +%n%t%%",
    "date -f lines",
    "date -f missing",
    "date -f - +%F",
    "date -d 2024-01-31~+1~month +%F",
    "date -d 2024-01-01~12:00~+0200",
    "date -d @86400 +%q~%G~%V~%u~%w~%e~%k~%l~%I~%p~%P~%r~%D~%x~%X~%c~%h~%C~%y~%g",
    "date --date=@5 --utc",
    "date -d @99999999999 +%F",
    "date -d @-1 +%F~%T",
    "date -q",
};

static void dates(void **state)
{
    struct counterpart both;

    counterpart_open(&both, cmd_programs);
    both.machine.environment[3] = "TZ=UTC0";
    TRY(&both, SAME, "2024-01-02\n@5\n", dates_lines);
    both.machine.environment[3] = "TZ=CET-1CEST,M3.5.0,M10.5.0/3";
    TRY(&both, SAME, "2024-07-02\nwrong\n", dates_lines);
    counterpart_close(&both);
}

static const char *const environments_lines[] = {
    "env -i",
    "env -i A=1 B=2",
    "env -i A=1 A=2",
    "env -i A=1 printenv A",
    "env -i A=1 printenv",
    "env A=1 printenv A",
    "env -u A printenv A",
    "env -u HOME -u PATH -u LC_ALL",
    "env - A=1",
    "env -0 -i A=1",
    "env -i -0 true",
    "env nonesuch",
    "env ./a",
    "env d",
    "env -C d pwd",
    "env -C missing pwd",
    "env -C d",
    "env -S echo~a~b",
    "env -S 'echo'~'a~b'~\"c\"~d\\_e",
    "env -SA=1~printenv~A",
    "env -S echo~${HOME}x",
    "env -S echo~$HOME",
    "env -S 'open",
    "env -S echo~#no",
    "env -u A=B true",
    "env -z",
    "env true",
    "env false",
    "env echo -n x",
    "env -- echo x",
    "env A=1 env -u A printenv A",
    "env -i PATH=/nowhere echo x",
    "env -i PATH=/bin echo x",
    "printenv HOME LC_ALL",
    "printenv NONE",
    "printenv HOME NONE",
    "printenv -0 LC_ALL",
    "printenv -z",
    "echo a b",
    "echo -n a",
    "echo -e a\\tb\\n\\x41\\0101\\c x",
    "echo -E a\\tb",
    "echo -ne a\\\\b",
    "echo -nx a",
    "echo",
    "echo -- a",
    "echo -e \\101\\q\\",
    "pwd",
    "pwd -P",
    "pwd -L",
    "pwd x",
    "pwd -z",
};

static void environments(void **state)
{
    struct counterpart both;

    counterpart_open(&both, cmd_programs);
    TRY(&both, SAME, NULL, environments_lines);
    counterpart_close(&both);
}

static const char *const processes_lines[] = {
    "sleep 0",
    "sleep 0.01 0.01s",
    "sleep .01",
    "sleep x",
    "sleep",
    "sleep 1x",
    "sleep -1",
    "sleep 0m 0h 0d",
    "sleep x y",
    "sleep -- 0",
    "timeout 5 true",
    "timeout 5 false",
    "timeout 0.1 sleep 5",
    "timeout -s KILL 0.1 sleep 5",
    "timeout -s 9 0.1 sleep 5",
    "timeout -s INT 0.1 sleep 5",
    "timeout --preserve-status 0.1 sleep 5",
    "timeout --foreground 0.1 sleep 5",
    "timeout -v 0.1 sleep 5",
    "timeout 5 nonesuch",
    "timeout 5 ./a",
    "timeout x true",
    "timeout 5",
    "timeout",
    "timeout -s WRONG 5 true",
    "timeout -k 0.1 0.1 sleep 5",
    "timeout -k x 1 true",
    "timeout 0 true",
    "timeout 5 echo x",
    "timeout 5 cat a",
    "timeout -z 1 true",
    "timeout 0.1 timeout 5 sleep 7",
    "timeout 5 timeout 0.1 sleep 7",
    "nproc x",
    "whoami x",
    "tty",
    "tty -s",
    "tty x",
    "mktemp XX",
    "mktemp -d aXX",
    "mktemp x",
    "mktemp missing/XXXX",
    "mktemp -q missing/XXXX",
    "mktemp --suffix=/a XXXX",
    "mktemp XXXX XXXX",
    "mktemp -d missing/XXXX",
    "mktemp --suffix=.c XXXx",
    "sync",
    "sync a",
    "sync missing",
    "sync -d",
    "id -un x",
    "mkfifo",
    "chown",
    "chown 1",
    "chgrp",
    "chown nosuchuser a",
    "expr 1 + 1",
};

static void processes(void **state)
{
    struct counterpart both;

    counterpart_open(&both, cmd_programs);
    TRY(&both, SAME, NULL, processes_lines);
    counterpart_close(&both);
}

static const char *const expressions_lines[] = {
    "expr 1 + 2",
    "expr 7 - 9",
    "expr 6 * 7",
    "expr 7 / 2",
    "expr -7 / 2",
    "expr -7 % 3",
    "expr 1 / 0",
    "expr 2 + 3 * 4",
    "expr ( 2 + 3 ) * 4",
    "expr 1 < 2",
    "expr 10 < 9",
    "expr a < b",
    "expr 10 < 9a",
    "expr 1 = 1",
    "expr 1 = 01",
    "expr a == a",
    "expr a != a",
    "expr 2 >= 2",
    "expr 2 <= 1",
    "expr 3 > 2",
    "expr a | b",
    "expr 0 | b",
    "expr  | b",
    "expr 0 | 0",
    "expr a & b",
    "expr a & 0",
    "expr 0 & a",
    "expr abc : a\\(.\\)c",
    "expr abc : abx",
    "expr abc : a.",
    "expr abc : .*",
    "expr abc : \\(x\\)",
    "expr abc : b",
    "expr match abc a",
    "expr substr hello 2 3",
    "expr substr hello 0 3",
    "expr substr hello 2 99",
    "expr substr hello 9 1",
    "expr substr hello x 1",
    "expr index hello l",
    "expr index hello xyz",
    "expr index hello lo",
    "expr length hello",
    "expr length ",
    "expr length \xc3\xa4\xc3\xb6",
    "expr + length",
    "expr + length : .*",
    "expr",
    "expr 1 +",
    "expr + ",
    "expr 1 2",
    "expr ( 1",
    "expr )",
    "expr ( 1 2 )",
    "expr a + 1",
    "expr 1 + a",
    "expr 0",
    "expr ",
    "expr 00",
    "expr -0",
    "expr -- 1 + 1",
    "expr 1 | 1 / 0",
    "expr 0 & 1 / 0",
    "expr 5 - 3 - 1",
    "expr 2 * 3 % 4",
    "expr a : a : .",
    "expr 1 = 1 = 1",
    "expr match",
    "expr length a b",
    "expr -5 + 3",
};

static void expressions(void **state)
{
    struct counterpart both;

    counterpart_open(&both, cmd_programs);
    TRY(&both, SAME, NULL, expressions_lines);
    assert_runs(&both.machine, NULL, 3, "", "expr: *: Numerical result out of range\n", "expr",
                "9223372036854775807", "*", "2");
    counterpart_close(&both);
}

static const char *const blocks_lines[] = {
    "dd if=a status=none",
    "dd if=a of=new status=none",
    "dd if=b bs=4 status=noxfer",
    "dd if=b bs=4 count=2 status=noxfer",
    "dd if=b bs=4 skip=1 status=noxfer",
    "dd if=b of=c bs=2 seek=1 status=noxfer",
    "dd if=b of=c bs=2 seek=1 conv=notrunc status=noxfer",
    "dd if=a conv=ucase status=none",
    "dd if=c conv=lcase status=none",
    "dd if=b conv=swab status=none",
    "dd if=a conv=swab status=none",
    "dd if=a bs=4 conv=sync status=noxfer",
    "dd if=lines cbs=4 conv=block status=noxfer",
    "dd if=lines cbs=8 conv=block status=noxfer",
    "dd if=b cbs=4 conv=unblock status=none",
    "dd if=missing",
    "dd of=d",
    "dd wrong",
    "dd wrong=1",
    "dd bs=x",
    "dd bs=0",
    "dd conv=wrong",
    "dd status=wrong",
    "dd if=b ibs=3 obs=5 status=noxfer",
    "dd if=b bs=1 count=3 status=noxfer",
    "dd if=b bs=3 count=1x2 status=noxfer",
    "dd if=b count=5B status=noxfer",
    "dd if=b count=5 iflag=count_bytes status=noxfer",
    "dd if=b skip=3B status=noxfer",
    "dd if=b of=new seek=4B status=noxfer",
    "dd if=b of=a oflag=append conv=notrunc status=noxfer",
    "dd if=b of=a conv=excl status=noxfer",
    "dd if=b of=new conv=nocreat status=noxfer",
    "dd if=empty status=noxfer",
    "dd if=a count=0 status=noxfer",
    "dd status=noxfer",
    "dd bs=2 count=2 status=noxfer",
    "dd bs=2 skip=1 status=noxfer",
    "dd if=a of=new bs=1K status=noxfer",
    "dd if=b bs=1w count=2 status=noxfer",
    "dd if=a conv=lcase,ucase",
    "dd if=a skip=100 status=noxfer",
};

static void blocks(void **state)
{
    struct counterpart both;

    counterpart_open(&both, cmd_programs);
    TRY(&both, SAME, "input text\n", blocks_lines);
    counterpart_close(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permissions), cmocka_unit_test(knowing),      cmocka_unit_test(touching),
        cmocka_unit_test(dates),       cmocka_unit_test(environments), cmocka_unit_test(processes),
        cmocka_unit_test(expressions), cmocka_unit_test(blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
