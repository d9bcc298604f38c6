(set -e
false
echo no )
echo "1 $?"
(set -e
false || true
echo yes )
echo "2 $?"
(set -e
if false; then
    :
fi
echo yes )
echo "3 $?"
(set -e
f() {
    false
    echo in
}
f || echo or
f
echo no )
echo "4 $?"
(set -e
x=$(false)
echo no )
echo "5 $?"
(set -e
local_() {
    local x=$(false)
    echo yes
}
local_ )
echo "6 $?"
(set -e
! true
echo yes )
echo "7 $?"
(set -e
true | false
echo no )
echo "8 $?"
(set -e
false | true
echo yes )
echo "9 $?"
(set -eo pipefail
false | true
echo no )
echo "10 $?"
(set -e
( false )
echo no )
echo "11 $?"
(set -e
{ 
    false
}
echo no )
echo "12 $?"
(set -e
for i in 1
do
    false
done
echo no )
echo "13 $?"
(set -e
while false; do
    :
done
echo yes )
echo "14 $?"
(set -e
case x in 
    x)
        false
    ;;
esac
echo no )
echo "15 $?"
(set -e
((0))
echo no )
echo "16 $?"
(set -e
let 0
echo no )
echo "17 $?"
(set -e
[[ a == b ]]
echo no )
echo "18 $?"
(set -e
trap 'echo err $?' ERR
false
echo no )
echo "19 $?"
(set -E
trap 'echo err' ERR
f() {
    false
}
f
( false )
echo end )
echo "20 $?"
(set -e
eval 'false'
echo no )
echo "21 $?"
(set -e
. /dev/stdin <<< 'false'
echo no )
echo "22 $?"
(set -e
false & wait $!
echo no )
echo "23 $?"
(set -e
x=1 false
echo no )
echo "24 $?"
(set -e
> /nonexistent/x
echo no )
echo "25 $?"
(set -e
nosuchcmd
echo no )
echo "26 $?"
(set -e
echo $(false) yes )
echo "27 $?"
(set -e
shopt -s inherit_errexit
x=$(false; echo in)
echo no )
echo "28 $?"
(set -e
x=$(false; echo in)
echo "yes $x" )
echo "29 $?"
(set -e
until true; do
    :
done
echo yes )
echo "30 $?"
(set -e
true && false
echo no )
echo "31 $?"
(set -e
false && true
echo yes )
echo "32 $?"
(set -e
f() {
    false && true
}
f
echo no )
echo "33 $?"
(set -e
( false && true )
echo no )
echo "34 $?"
(set -e
{ 
    false && true
}
echo yes )
echo "35 $?"
(set -e
test -f nofile
echo no )
echo "36 $?"
(set -e
read x < /dev/null
echo no )
echo "37 $?"
(set -e
cd /nonexistent
echo no )
echo "38 $?"
(set -e
exec 5< nofile
echo no )
echo "39 $?"
(set -u
echo $nope
echo no )
echo "40 $?"
(set -u
echo ${nope:-d} ${#nope}
echo no )
echo "41 $?"
(set -u
echo "$@" "${a[@]}"
echo yes )
echo "42 $?"
(set -u
a=()
echo "${a[0]}"
echo no )
echo "43 $?"
(set -u
echo $((nope+1))
echo no )
echo "44 $?"
(set -u
echo $1
echo no )
echo "45 $?"
(set -u
unset x
[[ -n $x ]]
echo no )
echo "46 $?"
( : ${x:?message here}
echo no )
echo "47 $?"
( : ${x?}
echo no )
echo "48 $?"
(set -e
trap 'echo exit $?' EXIT
false )
echo "49 $?"
( trap 'echo exit; exit 3' EXIT
exit 5 )
echo "50 $?"
( trap 'return 4 2>/dev/null' EXIT
exit 5 )
echo "51 $?"
f() {
    trap 'echo ret' RETURN
    echo body
    return 2
}
f
echo "52 $?"
trap - RETURN
(set -C
echo a > f1
echo b > f1
echo "st $?"
echo c >| f1
cat f1 )
echo "53 $?"
(set -f
echo *
set +f
touch zz
echo z* )
echo "54 $?"
(set -n
echo no )
echo "55 $?"
(set -v
echo verbose
echo two )
echo "56 $?"
(set -a
v=1
env | grep ^v= )
echo "57 $?"
(set -k 2>&1
echo "$-" ) | head -3
set -o | head -40
set +o | head -5
