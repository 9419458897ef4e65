// ${name<operation>operand}, operation by operation.
#include "tests/parser/expand_rows.h"

namespace mbuild::parser {
namespace {

using namespace expand_rows;

TEST(Expand, Default) {
  check({
      {"${A:-x}", usual, gives("alpha")},
      {"${E:-x}", usual, gives("x")},
      {"${UNSET:-x}", usual, gives("x")},
      {"${A-x}", usual, gives("alpha")},
      {"${E-x}", usual, gives("")},
      {"${UNSET-x}", usual, gives("x")},
      {"${UNSET:-}", usual, gives("")},
      {"${UNSET-}", usual, gives("")},
      {"${UNSET:-$A}", usual, gives("alpha")},
      {"${UNSET:-${A}b}", usual, gives("alphab")},
      {"${UNSET:-${U2:-${U3:-deep}}}", usual, gives("deep")},
      {"${UNSET:-a b}", usual, gives("a b")},
      {"${UNSET:-'$A'}", usual, gives("$A")},
      {"${UNSET:-'}'}", usual, gives("}")},
      {"${UNSET:-\"}\"}", usual, gives("}")},
      {"${UNSET:-\"$A\"}", usual, gives("alpha")},
      {"${UNSET:-\\}}", usual, gives("}")},
      {"${UNSET:-\\$A}", usual, gives("$A")},
      {"${UNSET:-a:-b}", usual, gives("a:-b")},
      {"${UNSET:-{x}}", usual, gives("{x}")},
      {"${UNSET:--x}", usual, gives("-x")},
      {"${UNSET:-/x}", usual, gives("/x")},
      {"x${UNSET:-y}z", usual, gives("xyz")},
      {"${A:-${B:?no}}", usual, fails("B: no")},  // evaluated although it is not needed
      {"${UNSET:-'}", usual, fails(missing_brace)},
      {"${UNSET:-\"}", usual, fails(missing_brace)},
      {"${UNSET:-${A}", usual, fails(missing_brace)},
      {"${UNSET:-${}}", usual, fails(bad_substitution)},
      {"${UNSET:-${A=1}}", usual, fails("unsupported modifier (=) in substitution")},
  });
}

TEST(Expand, Alternative) {
  check({
      {"${A:+x}", usual, gives("x")},
      {"${E:+x}", usual, gives("")},
      {"${UNSET:+x}", usual, gives("")},
      {"${A+x}", usual, gives("x")},
      {"${E+x}", usual, gives("x")},
      {"${UNSET+x}", usual, gives("")},
      {"${A:+}", usual, gives("")},
      {"${A:+-$A}", usual, gives("-alpha")},
      {"a${TARGETVARIANT:+-${TARGETVARIANT}}.tar", "TARGETVARIANT=v7", gives("a-v7.tar")},
      {"a${TARGETVARIANT:+-${TARGETVARIANT}}.tar", "", gives("a.tar")},
      {"${A:+a b 'c d'}", usual, gives("a b c d")},
      {"${E+${UNSET+y}z}", usual, gives("z")},
  });
}

TEST(Expand, Required) {
  check({
      {"${A:?x}", usual, gives("alpha")},
      {"${A?x}", usual, gives("alpha")},
      {"${E?x}", usual, gives("")},
      {"${E:?x}", usual, fails("E: x")},
      {"${UNSET?x}", usual, fails("UNSET: x")},
      {"${UNSET:?x}", usual, fails("UNSET: x")},
      {"${E:?}", usual, fails("E: is not allowed to be empty")},
      {"${UNSET:?}", usual, fails("UNSET: is not allowed to be unset")},
      {"${UNSET?}", usual, fails("UNSET: is not allowed to be unset")},
      {"${UNSET:?say $A}", usual, fails("UNSET: say alpha")},
      {"${UNSET:?'quoted  text'}", usual, fails("UNSET: quoted  text")},
      {"a ${UNSET:?} b", usual, fails("UNSET: is not allowed to be unset")},
      {"\"${UNSET:?m}\"", usual, fails("UNSET: m")},
      {"${U2:-${UNSET:?m}", usual, fails(missing_brace)},
  });
}

TEST(Expand, RemovePrefix) {
  check({
      {"${A#al}", usual, gives("pha")},
      {"${A##al}", usual, gives("pha")},
      {"${A#x}", usual, gives("alpha")},
      {"${A#}", usual, gives("alpha")},
      {"${A##}", usual, gives("alpha")},
      {"${A#*}", usual, gives("alpha")},
      {"${A##*}", usual, gives("")},
      {"${A#*a}", usual, gives("lpha")},
      {"${A##*a}", usual, gives("")},
      {"${A##*p}", usual, gives("ha")},
      {"${A#?}", usual, gives("lpha")},
      {"${A#??????}", usual, gives("alpha")},
      {"${A#?l*h}", usual, gives("a")},
      {"${FILE##*/}", usual, gives("c.tar.gz")},
      {"${FILE#*/}", usual, gives("a/b/c.tar.gz")},
      {"${FILE#/*/}", usual, gives("b/c.tar.gz")},
      {"${FILE##/*/}", usual, gives("c.tar.gz")},
      {"${V#v}", "V=v1.2", gives("1.2")},
      {"${V#*x*y}", "V=xxyy", gives("y")},
      {"${V##*x*y}", "V=xxyy", gives("")},
      {"${V#$P}", "V=xxyy;P=x", gives("xyy")},
      {"${V#$P}", "V=xxyy;P=", gives("xxyy")},
      {"${V#$P}", "V=xxyy;P=*y", gives("y")},
      {"${V#?\\?}", "V=???y", gives("?y")},
      {"${V#\\*}", "V=*x", gives("x")},
      {"${V#\\*}", "V=ax", gives("ax")},
      {"${V##'*'}", "V=ab", gives("")},  // quotes do not make a star literal
      {"${V#'*'b}", "V=abc", gives("c")},
      {"${V#()[]{\\}^$.\\*\\?|\\\\}", "V=()[]{}^$.*?|\\x", gives("x")},
      {"${V#[a]}", "V=[a]b", gives("b")},
      {"${V#[a]}", "V=ab", gives("ab")},
      {"${V:#v}", "V=v1", gives("1")},
      {"${E#x}", usual, gives("")},
      {"${UNSET#x}", usual, gives("")},
      {"${KOREAN#?}", usual, gives("국어")},
      {"${KOREAN#한}", usual, gives("국어")},
      {"${V#*}", "V=a\nb", gives("a\nb")},
      {"${V##*}", "V=a\nb", gives("\nb")},
      {"${V#a?}", "V=a\nb", gives("a\nb")},
      {"${A#\\x}", usual, fails("invalid pattern (\\x) in substitution: invalid escape '\\x'")},
      {"${A#$P}", "A=a;P=x\\", fails("invalid pattern (x\\) in substitution: invalid escape '\\'")},
      {"${A#x", usual, fails(missing_brace)},
      {"${A#\\}", usual, fails(missing_brace)},
  });
}

TEST(Expand, RemoveSuffix) {
  check({
      {"${A%a}", usual, gives("alph")},
      {"${A%%a}", usual, gives("alph")},
      {"${A%x}", usual, gives("alpha")},
      {"${A%}", usual, gives("alpha")},
      {"${A%*}", usual, gives("alpha")},
      {"${A%%*}", usual, gives("")},
      {"${A%a*}", usual, gives("alph")},
      {"${A%%a*}", usual, gives("")},
      {"${A%?}", usual, gives("alph")},
      {"${FILE%.*}", usual, gives("/a/b/c.tar")},
      {"${FILE%%.*}", usual, gives("/a/b/c")},
      {"${FILE%/*}", usual, gives("/a/b")},
      {"${FILE%%/*}", usual, gives("")},
      {"${N%.*}", usual, gives("1.2")},
      {"${N%%.*}", usual, gives("1")},
      {"${PATH%:*}", usual, gives("/bin")},
      {"${V%%\\**}", "V=xx**", gives("xx")},
      {"${V%\\**}", "V=xx**", gives("xx*")},
      {"${V%%\\**\\*}", "V=a***yy*", gives("a")},
      {"${V%%$P}", "V=xxyy;P=", gives("xxyy")},
      {"${V%$P}", "V=xxyy;P=y", gives("xxy")},
      {"${V:%y}", "V=xy", gives("x")},
      {"${KOREAN%?}", usual, gives("한국")},
      {"${UNSET%x}", usual, gives("")},
      {"${ABC:-.}${V%x}${ABC:-.}", "V=xxyy", gives(".xxyy.")},
      {"${A%%\\x}", usual, fails("invalid pattern (\\x) in substitution: invalid escape '\\x'")},
  });
}

TEST(Expand, Replace) {
  check({
      {"${A/a/o}", usual, gives("olpha")},
      {"${A//a/o}", usual, gives("olpho")},
      {"${A/x/o}", usual, gives("alpha")},
      {"${A/a/}", usual, gives("lpha")},
      {"${A//a/}", usual, gives("lph")},
      {"${A/l*h/-}", usual, gives("a-a")},
      {"${A/?/-}", usual, gives("-lpha")},
      {"${A//?/-}", usual, gives("-----")},
      {"${A/*/-}", usual, gives("-")},
      {"${A//*/-}", usual, gives("-")},
      {"${N//./_}", usual, gives("1_2_3")},
      {"${N/./_}", usual, gives("1_2.3")},
      {"${N/\\./_}", usual, fails("invalid pattern (\\.) in substitution: invalid escape '\\.'")},
      {"${PATH//:/ }", usual, gives("/bin /usr/bin")},
      {"${PATH//\\//|}", usual, gives("|bin:|usr|bin")},
      {"${PATH//\\//\\/}", usual, gives("\\/bin:\\/usr\\/bin")},
      {"${V/$P/.} - ${V//$P/.}", "V=/foo*/*/*.txt;P=\\*/", gives("/foo.*/*.txt - /foo..*.txt")},
      {"${V/$P/} - ${V//$P/}", "V=/tmp/tmp/bar.txt;P=/tmp", gives("/tmp/bar.txt - /bar.txt")},
      {"${V/$P/$R} - ${V//$P/$R}", "V=/a/foo/b/c.txt;P=/?/;R=/", gives("/foo/b/c.txt - /foo/c.txt")},
      {"${V/$P/$R}", "V=http://h;P=http://;R=https://", gives("https://h")},
      {"${A/$E/x}", usual, gives("xalpha")},
      {"${A//$E/x}", usual, gives("xaxlxpxhxax")},
      {"${E/a/b}", usual, gives("")},
      {"${E/*/b}", usual, gives("b")},
      {"${UNSET/a/b}", usual, gives("")},
      {"${A///}", usual, gives("alpha")},
      {"${A//}", usual, fails(missing_slash)},
      {"${A//ww}", usual, fails(missing_slash)},
      {"${A/ww}", usual, fails(missing_slash)},
      {"${A/", usual, fails(missing_slash)},
      {"${A/a/b", usual, fails(missing_brace)},
      {"${A/a/'b}", usual, fails(missing_brace)},
      {"${A/a/\\}}", usual, gives("\\}lpha")},  // the escape of a replacement stays
      {"${A/a/'}'}", usual, gives("}lpha")},
      {"${A/'a'/\"b c\"}", usual, gives("b clpha")},
      {"${A/a/$N}", usual, gives("1.2.3lpha")},
      {"${A/a/${UNSET:-d}}", usual, gives("dlpha")},
      {"${KOREAN/국/x}", usual, gives("한x어")},
      {"${V//a*b/-}", "V=a b\nab\nb", gives("-\n-\nb")},
      {"${V//b/x}", "V=b\nb", gives("x\nx")},
      {"${V/a*c/-}", "V=ab\nabc", gives("ab\n-")},
  });
}

TEST(Expand, ReplaceAllReadsGoReferencesInTheReplacement) {
  check({
      {"${V//b/'[$0]'}", "V=abab", gives("a[b]a[b]")},
      {"${V//b/'[${0}]'}", "V=ab", gives("a[b]")},
      {"${V//b/'[$1]'}", "V=ab", gives("a[]")},
      {"${V//b/'[$name]'}", "V=ab", gives("a[]")},
      {"${V//b/'$0x'}", "V=ab", gives("a")},
      {"${V//b/'$$'}", "V=ab", gives("a$")},
      {"${V//b/'$'}", "V=ab", gives("a$")},
      {"${V//b/'${'}", "V=ab", gives("a${")},
      {"${V//b/'$-'}", "V=ab", gives("a$-")},
      {"${V/b/'$0'}", "V=ab", gives("a$0")},  // one replacement is literal
      {"${V//b/$R}", "V=ab;R=$0$0", gives("abb")},
  });
}

}  // namespace
}  // namespace mbuild::parser
