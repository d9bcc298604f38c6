/* What scripts do with long texts and many fields is done in pieces: no turn of the kernel is charged more
 * than a bound, there are as many turns as there is work, and what comes of it is what comes of short ones.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "machine.h"
#include "runtime/programs.h"

#define TURN_MOST 1000000u /* units of fuel; a turn has 65536, and what is done at once may go beyond */

/* A text of a million letters, a list of 100,000 numbers. */
#define LONG_TEXT "x=$(head -c 1000000 /dev/zero | tr '\\0' a); "
#define LONG_LIST "n=$(seq 1 100000); "

static const struct {
    const char *script, *output;
    unsigned turns; /* there are at least so many */
} cases[] = {
    {LONG_TEXT "y=${x//a/bc}; echo ${#y} ${y:999998:4} ${y//bc}", "2000000 bcbc\n", 200},
    {LONG_TEXT "y=${x//[b]/c}; [ \"$x\" = \"$y\" ]; echo $?", "0\n", 40},
    {LONG_TEXT "y=${x^^}; z=${y,,[A]}; echo ${y:500000:3} ${#z} ${z: -2}", "AAA 1000000 aa\n", 60},
    {LONG_TEXT "echo ${#x} ${x@U} | tail -c 4", "AAA\n", 40},
    {LONG_TEXT "echo \"$x\" b \"$x\" | wc -c", "2000004\n", 30},
    {LONG_LIST "set -- $n; echo $# $1 ${100000}", "100000 1 100000\n", 20},
    {LONG_LIST "a=($n); a+=(x y); echo ${#a[@]} ${a[99999]} ${a[100001]} \"${!a[*]}\" | tail -c 7",
     "100001\n", 60},
    {LONG_LIST "a=($n); b=(\"${a[@]/1/2}\"); y=\"${b[*]}\"; echo ${#b[@]} ${b[0]} ${b[99999]} ${#y}",
     "100000 2 200000 588894\n", 60},
    {LONG_LIST "a=($n); f() { echo $# ${100000}; }; f \"${a[@]}\"; IFS=,; y=\"${a[*]}\"; echo \"${y: -8}\"",
     "100000 100000\n9,100000\n", 60},
    {"set -- {1..50000}{a,b} ~{,/x}; echo $# $1 $2 ${100000} ${100002}", "100002 1a 1b 50000b /workspace/x\n",
     50},
    {"set -- {1..100000}; echo $# ${10} ${100000}", "100000 10 100000\n", 50},
    {"seq 1 100000 > l; mapfile -t a < l; echo ${#a[@]} ${a[77]}; read -r -d '' y < l; echo ${#y}",
     "100000 78\n588894\n", 40},
    {LONG_LIST "a=($n); declare -p a | tail -c 18", "[99999]=\"100000\")\n", 60},
    {LONG_TEXT "echo \"$x\"b | rev | head -c 3", "baa", 40},
    {"mkdir d; cd d; for i in {1..5000}; do : > f$i; done; ls | wc -l; rm -r ../d", "5000\n", 40},
    {"trap 'x=gone; echo trapped' USR1; x=$(head -c 1000000 /dev/zero | tr '\\0' a); (kill -USR1 $$) & "
     "y=${x//a/b}; wait; echo ${#y} ${y: -1}",
     "trapped\n1000000 b\n", 60},
};

static void long_work_is_cut(void **state)
{
    struct machine machine;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        machine_open(&machine, runtime_programs, NULL);
        machine_try(&machine, NULL, "bash", "-c", cases[i].script);
        machine_check(&machine, 0, cases[i].output, "", __FILE__, __LINE__);
        if (machine.largest_turn > TURN_MOST || machine.turns < cases[i].turns)
            fail_msg("%s: %llu turns, the largest of %llu units", cases[i].script,
                     (unsigned long long)machine.turns, (unsigned long long)machine.largest_turn);
        machine_close(&machine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(long_work_is_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
