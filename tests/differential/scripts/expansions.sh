cat <<A
$((1+1)) `echo bq` \$x \\ "q" '$z' ${HOME:0:3}
A

cat <<'B'
$x `no` \\
B

cat <<-C
tab	in
  mixed
C

x=5
cat <<EOF |
line $x
$(cat <<INNER
inner $x
INNER
)
EOF
  tr a-z A-Z
cat <<< "here $x"
cat <<< 'a
b'
cat <<< $x$x
echo "a\tb" 'a\tb' 'a	b' "loc" "\$x \`x\` \" \\ \a"
echo "${x}y" "${x:+"in quotes"}" '"'"'"'"' \a\b\  "a"b'c'
echo {a,b}{1..3} {01..10..3} {a..e..2} {5..1} {a,b {x,y\,z} a{,b}c {1..2}{x,} {"a b",c} ${x}{1,2}
echo ~ ~/x ~root ~nosuchuser x=~ "~" ~+
echo * .* [a-c]* ?
touch a1 b2 .h
echo * [!a]* [[:alpha:]]? .[!.]* nomatch*
shopt -s nullglob
echo nomatch* x
shopt -u nullglob
shopt -s failglob
echo nomatch*
echo $?
shopt -u failglob
shopt -s extglob
echo @(a1|b2) !(a1) +([a-z])?
[[ abc == +(a|b|c) ]] && echo ext
shopt -s dotglob
echo *
shopt -u dotglob
shopt -s globstar
mkdir -p d/e
touch d/e/f
echo **
echo **/f
case abc in 
    a*c)
        echo 1
    ;;&
    *b*)
        echo 2
    ;&
    z)
        echo 3
    ;;
    *)
        echo 4
    ;;
esac
case x in 
    [[:upper:]])
        echo U
    ;;
    [^a-w])
        echo L
    ;;
esac
case 'a*' in 
    a\*)
        echo lit
    ;;
esac
case "" in 
    "")
        echo empty
    ;;
esac
[[ abc < abd && 10 -gt 9 && -n x ]] && echo t
[[ a.c =~ ^a\.c$ ]] && echo ${BASH_REMATCH[0]}
[[ abc =~ (b)(c)? ]]
echo ${BASH_REMATCH[@]} ${#BASH_REMATCH[@]}
re='a|b'
[[ xb =~ $re ]] && echo m
[[ 'a|b' =~ "$re" ]] && echo lit
[[ x =~ [ ]]
echo $?
[[ -f a1 && ! -d a1 && -d d && -e d && -s a1 ]]
echo $?
[[ a1 -nt b2 ]]
[[ a1 -ef a1 ]]
echo $?
[ a1 -ot b2 ]
[ -z "" -a -n x ]
echo $?
[ 1 -eq 1 -o 1 -eq 2 ]
[ ! x ]
echo $?
[ a = a ]
[ a == b ]
echo $?
[ 1 -eq x ]
echo $?
[ x
echo $?
[ -q x ]
echo $?
test
echo $?
test a b
echo $?
test 1 -lt
echo $?
echo $((2**10)) $((7/2)) $((-7%3)) $((1<<3|1)) $((x++ + ++x)) $x $((x>5?1:2)) $((0x1F+010+2#101+36#z)) $((!x)) $((~5)) $((x=3,x*2)) $((1&&0||1)) $((5&3^1)) $((x+=2)) $(( (1+2)*3 )) $((-2**2))
echo $((08))
echo "st $?"
echo $((1 +))
echo "st $?"
echo $((2**-1))
echo "st $?"
echo $((a b))
echo "st $?"
echo $((1=2))
echo "st $?"
echo $((x[))
echo "st $?"
echo $((9223372036854775807+1)) $((1<<64)) $((1<<63)) $((-9223372036854775808/-1)) $((0x))
echo "st $?"
for ((i=0; i<3; i++))
do
    for j in a b
    do
        [[ $j == b ]] && continue 2
        echo $i$j
    done
done
while :; do
    break
done
until false; do
    break 1
done
for i in 1 2
do
    break 5
done
echo $i
continue
break 0
echo $?
for i in 1
do
    break -1
done
echo $?
f() {
    local IFS=:
    echo "$*"
    return $1
}
f 3 4
echo $?
f() {
    ( exit 7 )
}
f
echo $?
f() {
    return
}
false
f
echo $?
f() {
    return x
}
f
echo $?
unset -f f
f
echo $?
g() {
    echo g
}
g
h() {
    if true; then
        echo h
    fi
}
h
a-b() {
    echo dash
}
a-b
echo a > f1 2>&1
echo b >> f1
cat < f1
{ 
    echo o
    echo e 1>&2
} 2>&1 > f2 | cat
cat f2
exec 3< f1
read l 0<&3
echo $l
exec 3>&-
read l 0<&3
echo $?
echo y > /nonexistent/z
echo $?
cat < nofile
echo $?
echo t > f3 > f4
cat f3 f4
: > f1
wc -c < f1
echo both &> f5
cat f5
echo q >&f6
cat f6
cat 0<> f7
ls f7
exec {fd}<> f7
echo w >&$fd
cat f7
echo $((fd>=10))
exec {fd}>&-
echo z >&$fd
echo $?
echo a{ > x} 2> /dev/null
ls
echo $(echo a; exit 3) $?
x=$(exit 4)
echo $?
echo $(echo "a  b") "$(echo "a  b")" `echo \`echo nested\``
echo "$(printf 'a\n\n')"x
echo $(< f4)
y=$(cat <(echo ps))
echo $y
cat <(echo 1) <(echo 2)
echo hi > >(cat)
wait $!
echo "$(< /nofile)"
echo $?
( cd d && pwd )
pwd
cd -
cd d
cd ..
cd nodir
echo $?
cd a1
echo $?
pushd d
popd
dirs
popd
echo $?
pushd nodir
echo $?
cd d e
echo $?
cd ''
echo $?
CDPATH=d
cd e
pwd
cd ../..
OLDPWD=/
cd -
cd "$OLDPWD"
