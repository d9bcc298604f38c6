seq 10 | head -3 | tail -1
seq 5 | sort -rn | paste -sd, 2> /dev/null
printf 'b\na\nc\na\n' | sort -u
printf 'b\na\nc\na\n' | sort | uniq -c
printf '3 x\n1 y\n2 z\n' | sort -k1,1n | cut -d' ' -f2
echo hello world | tr a-z A-Z
echo hello | sed 's/l\(.\)/[\1]/g'
printf 'a,b,c\n' | cut -d, -f2-
echo abc | rev
printf 'one two\nthree\n' | wc
wc -l < /dev/null
echo a b c | xargs -n1 echo x
printf 'a\0b\0' | xargs -0 -n1
find . -name nothing
mkdir -p p/q
touch p/1.txt p/q/2.txt
find p -type f | sort
find p -name '*.txt' -exec basename {} \; | sort
ls p
ls -1 p
ls -a p
grep -rn x p
echo $?
echo foo > p/1.txt
grep -rn fo p
grep -c o p/1.txt
grep -l foo -r p
grep -v foo p/1.txt
echo $?
grep -oE '[a-z]' p/1.txt
grep foo nofile
echo $?
cat nofile
echo $?
ls nofile
echo $?
cp p/1.txt p/3.txt
mv p/3.txt p/4.txt
rm p/4.txt
rm nofile
echo $?
rm -f nofile
echo $?
rmdir p
echo $?
rm -r p
ls
mkdir -p x/y
cd x && pwd
cd ..
ln -s x l
readlink l
[ -L l ] && echo link
stat -c %F x
basename /a/b.c .c
dirname /a/b.c
date -u -d @0 +%F
tee t1 < /dev/null
echo q | tee t1 t2
cat t1 t2
touch -d '2020-01-01' t1
[ t1 -ot t2 ] && echo older
env -i A=1 env
sleep 0
timeout 0.1 sleep 5
echo $?
yes | head -2
true
false
echo $?
test -w t1
echo $?
mktemp -u | grep -c tmp
sed -n '2p' <<< 'a
b
c'
sed '1d;$s/c/C/' <<< 'a
b
c'
tac <<< '1
2'
nl <<< x 2> /dev/null | head -1
od -c <<< ab | head -1
printf 'x y z' | read a b
echo "[$a]"
seq -s, 3
seq 1 2 5
seq -w 8 10
expr 1 + 2 2> /dev/null
comm <(echo a) <(echo b) 2> /dev/null | head -2
head -c 3 <<< abcdef
echo
tail -c 3 <<< abcdef
tail -n +2 <<< 'a
b'
sort -t: -k2 <<< 'x:2
y:1'
tr -d a <<< banana
tr -s a <<< baanaa
tr -c 'a-z\n' _ <<< 'a1b2'
cut -c2-3 <<< abcdef
uniq -d <<< 'a
a
b'
fold -w 3 <<< abcdef 2> /dev/null
du -s /nonexistent 2> /dev/null
echo $?
