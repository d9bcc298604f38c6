read a b <<< "  one   two three  "
echo "[$a][$b]"
IFS= read -r l <<< "  raw \t  "
echo "[$l]"
IFS=: read -ra parts <<< "a:b::c:"
declare -p parts
read -d X v <<< "abXcd"
echo "$v $?"
read -n 3 v <<< abcdef
echo $v
read -N 4 v <<< 'a
bcd'
echo "$v"
read -p 'prompt ' v <<< x
echo $v
read -t 0.1 v < <(sleep 1)
echo "st $?"
read -a
read x y z <<< 'q\ r s'
echo "[$x][$y][$z]"
read 1x
echo $?
echo REPLY
read <<< ' keep  '
echo "[$REPLY]"
read -u 9 v
echo $?
read -i x v <<< l
echo $v
read -s v <<< q
echo $v
printf '%s-%d-%x-%o-%c-%5s|%-5s|%05d\n' abc 42 255 8 xyz r l 7
printf '%q ' 'a b' "it's" 'n
l' '' '$x' é
echo
printf '%b\n' 'a\tb\x41\u00e9\0101'
printf '%d %d\n' 0x1f 010
printf '%d\n' "'A"
printf '%d\n' abc
echo $?
printf '%s\n' a b c
printf '%s %s\n' a b c
printf 'no newline'
echo
printf '%%|%5%|\n'
printf '%z\n'
echo $?
printf '%.2f %e %g %a\n' 3.14159 12345.678 0.0001 1
printf '%*d|%-*d|\n' 5 42 5 42
printf '%.3s|\n' abcdef
printf -v var '%03d' 7
echo $var
printf -v arr[2] x
declare -p arr
printf '%(%Y)T\n' 0
printf '%(%s)T\n' 100
printf '%u %i\n' -1 -1
printf '%d\n' 9223372036854775808
echo $?
printf '%d\n' 1.5
echo $?
printf '\x41\101\e[0m\n' | od -c | head -2
printf '%s'
printf
echo $?
echo -e 'a\tb\c hidden'
echo -n x
echo
echo -E 'a\tb'
echo -ne 'q\n'
echo -nx
echo -- -e
echo -e '\x41\u263a\0101 \101'
while getopts ':ab:c' o -a -b val -c -x -b; do
    echo "$o ${OPTARG-none} $OPTIND"
done
OPTIND=1
while getopts 'ab:' o -ab val rest; do
    echo "$o ${OPTARG-none} $OPTIND"
done
shift $((OPTIND-1))
OPTIND=1
getopts 'a' o -z
echo "$? $o ${OPTARG-none}"
OPTIND=1
getopts 'b:' o -b
echo "$? $o"
OPTIND=1
OPTERR=0
getopts 'b:' o -b
echo "$? $o"
mapfile -t lines < <(printf 'a\nb\nc')
declare -p lines
mapfile -n 1 -s 1 l2 < <(printf 'a\nb\nc\n')
declare -p l2
mapfile -d : -t l3 <<< 'x:y:z'
declare -p l3
mapfile -O 2 l4 <<< q
declare -p l4
readarray -t -C 'echo cb' -c 2 l5 < <(seq 5)
type -t echo if cat nosuch f_
f_() {
    :
}
type -t f_
type f_
type if
type echo
type -a true
type nosuch
echo $?
command -v echo if cat f_ nosuch
echo $?
command -V if
command -V f_
hash
hash cat
hash -t cat
hash nosuch
echo $?
alias ll='ls -l' q=
alias
alias ll
alias nosuch
echo $?
unalias ll
unalias nosuch
echo $?
type q
let x=1+1 y=x*2
echo $x $y
let
echo $?
((x=))
echo $?
echo $((1/0))
echo $?
