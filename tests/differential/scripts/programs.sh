cat > conf.ini <<'X'
# comment
[main]
name = demo app
port=8080

[db]
host = localhost ; trailing
X

declare -A cfg
section=
while IFS= read -r line || [[ -n $line ]]; do
    line=${line%%[#;]*}
    line="${line#"${line%%[![:space:]]*}"}"
    line="${line%"${line##*[![:space:]]}"}"
    [[ -z $line ]] && continue
    if [[ $line =~ ^\[([a-z]+)\]$ ]]; then
        section=${BASH_REMATCH[1]}
        continue
    fi
    if [[ $line =~ ^([a-z_]+)[[:space:]]*=[[:space:]]*(.*)$ ]]; then
        cfg[$section.${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
    fi
done < conf.ini
for k in $(printf '%s\n' "${!cfg[@]}" | sort)
do
    printf '%-12s => %s\n' "$k" "${cfg[$k]}"
done
parse() {
    local verbose=0 out= files=()
    while (( $# )); do
        case $1 in 
            -v | --verbose)
                ((verbose++))
                shift
            ;;
            -o | --output)
                out=${2:?missing}
                shift 2
            ;;
            --output=*)
                out=${1#*=}
                shift
            ;;
            --)
                shift
                files+=("$@")
                break
            ;;
            -*)
                echo "unknown $1" 1>&2
                return 2
            ;;
            *)
                files+=("$1")
                shift
            ;;
        esac
    done
    echo "v=$verbose o=$out n=${#files[@]} f=${files[*]@Q}"
}
parse -v --output=x -v a 'b c' -- -d
parse --bad
echo $?
parse -o y
( parse -o )
echo $?
log() {
    local level=$1
    shift
    printf '[%s] %s\n' "${level^^}" "$*"
}
log info hello world
log warn "a  b"
retry() {
    local n=$1 i
    shift
    for ((i=1; i<=n; i++))
    do
        "$@" && return 0
        echo "try $i failed"
    done
    return 1
}
c=0
flaky() {
    (( ++c >= 3 ))
}
retry 5 flaky
echo "$? $c"
retry 2 false
echo $?
json() {
    local sep= k
    printf '{'
    for k in "$@"
    do
        printf '%s"%s":"%s"' "$sep" "${k%%=*}" "${k#*=}"
        sep=,
    done
    printf '}\n'
}
json a=1 'b=x y' c=
fib() {
    local n=$1
    if (( n < 2 )); then
        echo $n
    else
        echo $(( $(fib $((n-1))) + $(fib $((n-2))) ))
    fi
}
fib 10
declare -A memo
fibm() {
    local n=$1
    [[ -n ${memo[$n]} ]] && { 
        r=${memo[$n]}
        return
    }
    if ((n<2)); then
        r=$n
    else
        fibm $((n-1))
        local a=$r
        fibm $((n-2))
        r=$((a+r))
    fi
    memo[$n]=$r
}
fibm 50
echo $r
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"; echo cleaned' EXIT
for i in {1..3}
do
    echo "line $i" > "$tmp/f $i.txt"
done
while IFS= read -r -d '' f; do
    echo "${f##*/}: $(< "$f")"
done < <(find "$tmp" -name '*.txt' -print0 | sort -z)
words="the quick brown the lazy dog the end"
declare -A count
for w in $words
do
    ((count[$w]++))
done
for w in "${!count[@]}"
do
    echo "${count[$w]} $w"
done | sort -k1,1nr -k2 | head -2
stack=()
push() {
    stack+=("$1")
}
pop() {
    local -n out=$1
    out=${stack[-1]}
    unset 'stack[-1]'
}
push a
push b
push c
pop x
echo $x ${stack[@]}
pop x
echo $x ${#stack[@]}
sorted=($(printf '%s\n' 5 3 9 1 | sort -n))
echo "${sorted[@]}"
IFS=, read -ra arr <<< "a,b,,c"
echo ${#arr[@]}
( IFS=-
echo "${arr[*]}" )
join() {
    local IFS=$1
    shift
    echo "$*"
}
join : a b c
printf -v joined '%s|' "${arr[@]}"
echo "${joined%|}"
s="Hello, World"
echo ${#s} ${s,,} ${s^^} ${s:7} ${s/World/Bash} ${s//[aeiou]/*} ${s%%,*} ${s##* }
rev=
for ((i=${#s}-1; i>=0; i--))
do
    rev+=${s:i:1}
done
echo "$rev"
[[ $s == *World* ]] && echo contains
printf '%s\n' "${s:0:1}"{x,y}
is_prime() {
    local n=$1 i
    ((n<2)) && return 1
    for ((i=2; i*i<=n; i++))
    do
        ((n%i==0)) && return 1
    done
    return 0
}
for n in {1..20}
do
    is_prime $n && printf '%d ' $n
done
echo
gcd() {
    local a=$1 b=$2
    while ((b)); do
        ((t=a%b,a=b,b=t))
    done
    echo $a
}
gcd 48 36
printf '%x %o %08.3f %+d %e\n' 255 8 3.14159 5 12345.678
echo $((16#ff)) $((2#1010)) $((0777))
echo "scale" | tr a-z b-za
for ((i=0,j=10; i<j; i+=3,j--))
do
    echo -n "$i-$j "
done
echo
worker() {
    sleep 0.0$1
    echo "w$1"
    return $1
}
pids=()
for i in 1 3 2
do
    worker $i > "o$i" & pids+=($!)
done
fails=0
for p in "${pids[@]}"
do
    wait $p || ((fails+=$?))
done
echo "fails=$fails $(cat o1 o2 o3 | tr '\n' ' ')"
if mkdir lock 2> /dev/null; then
    echo locked
fi
mkdir lock 2> /dev/null || echo busy
rmdir lock
[[ -d lock ]] || echo free
cat <<-EOF > tpl
Dear ${USER_NAME:-friend},
  total: $(( 3 * 7 )) \$
EOF

cat tpl
while read -r a b rest; do
    echo "$b:$a($rest)"
done <<'EOF'
1 one extra words
2 two
EOF

select_like() {
    local i=1
    for o in "$@"
    do
        echo "$((i++))) $o"
    done
}
select_like red green
PS3='? '
select o in x y
do
    echo "got $o $REPLY"
    break
done <<< 2
case "$(uname -s 2> /dev/null)" in 
    Linux | *)
        echo os
    ;;
esac
: "${DEFAULT:=val}"
echo $DEFAULT
[ "$DEFAULT" = val ] && echo eq || echo ne
test -n "$UNSET" -o -z "" && echo both
(( 5 > 3 )) && echo gt
let 'z = 5 * 2' && echo $z
echo $(( z++ )) $z $(( --z ))
exec 2>&1
cmd_not_there arg
echo "rc=$?"
ls /nope
echo "rc=$?"
