// Which files are copied: SEMANTICS A11, "Source resolution", "Wildcards", "--exclude", "--parents"; A14.
#include "tests/builder/exec/copy_case.h"

namespace mbuild::test {

namespace {

const CopyCase kWildcards[] = {
    {"Star", "f a.c =1\nf b.c =2\nf c.h =3", "", "*.c /x/", "f x/a.c =1\nf x/b.c =2"},
    {"StarDoesNotCrossSlashes", "f a.c =1\nf d/b.c =2", "", "*.c /x/", "f x/a.c =1"},
    {"QuestionMark", "f a1 =1\nf a22 =2", "", "a? /x/", "f x/a1 =1"},
    {"Class", "f a1 =1\nf a2 =2\nf a3 =3", "", "a[1-2] /x/", "f x/a1 =1\nf x/a2 =2"},
    {"NegatedClass", "f a1 =1\nf a2 =2", "", "a[^1] /x/", "f x/a2 =2"},
    {"ExclamationMarkDoesNotNegate", "f a1 =1\nf a2 =2\nf a! =3", "", "a[!1] /x/", "f x/a! =3\nf x/a1 =1"},
    {"EscapedStar", "f a* =1\nf ab =2", "", "a\\* /x/", "f x/a* =1"},
    {"ClassMakesABracketLiteral", "f a[0] =1\nf a0 =2", "", "a[[]0] /x/", "f x/a[0] =1"},
    {"InTheMiddle", "f a1/s/f =1\nf a2/s/g =2\nf b/s/h =3", "", "a*/s/? /x/", "f x/f =1\nf x/g =2"},
    {"NothingMatches", "f a =1", "d x", "*.none /x/", "d x"},
    {"NothingMatchesAndNothingIsMade", "f a =1", "", "*.none /x/", ""},
    {"MatchedDirectoryGivesItsContents", "f d1/a =1\nf d2/b =2\nf f =3", "", "d* /x/", "f x/a =1\nf x/b =2"},
    {"StarTakesHiddenFiles", "f .a =1\nf b =2", "", "* /x/", "f x/.a =1\nf x/b =2"},
    {"DoubleStarIsAStar", "f a =1\nf d/b =2", "", "** /x/", "f x/a =1\nf x/b =2"},
    {"WithoutSlashLastWins", "f a =1\nf b =2", "", "* /x", "f x =2"},
    {"BadPattern", "f a =1", "", "a[ /x/", "error: syntax error in pattern"},
    {"MissingDirectoryBeforeTheWildcard", "f a =1", "", "none/* /x/", "error: \"/none\": not found"},
    {"BelowAFile", "f a =1", "", "a/* /x/", ""},
};
MBUILD_COPY_CASES(CopyWildcards, kWildcards);

const CopyCase kMissing[] = {
    {"Literal", "f a =1", "", "none /x",
     "error: failed to compute cache key: failed to calculate checksum: \"/none\": not found"},
    {"OneOfSeveral", "f a =1", "", "a none /x/", "error: \"/none\": not found"},
    {"BelowAFile", "f a =1", "", "a/b /x", "error: \"/a/b\": not found"},
    {"SpeltNearly", "f src/main.cc =1", "", "src/mian.cc /x", "error: did you mean \"/src/main.cc\"?"},
    {"DirectorySpeltNearly", "f source/main.cc =1", "", "sorce/main.cc /x",
     "error: did you mean \"/source/main.cc\"?"},
    {"Ignored", "f a.log =1", "", "--ignore=*.log a.log /x", "error: the ignore file leaves it out"},
    {"IgnoredNamesAreNotSuggested", "f main.co =1\nf main.cc =2", "", "--ignore=*.co main.c /x",
     "error: did you mean \"/main.cc\"?"},
    {"DanglingLink", "l a >b/c", "", "a /x", "error: is a symbolic link to \"/b/c\", which does not exist"},
    {"WildcardMatchesDanglingLink", "l a.c >none", "", "*.c /x/", "error: \"/a.c\": not found"},
};
MBUILD_COPY_CASES(CopyMissingSources, kMissing);

const CopyCase kSourceLinks[] = {
    {"NamedLinkToFileIsFollowed", "l a >d/t\nf d/t =1", "", "a /x/", "f x/a =1"},
    {"NamedLinkToDirectoryIsFollowed", "l a >d\nf d/t =1", "", "a /x", "f x/t =1"},
    {"LinkOnTheWay", "l a >d\nf d/t =1", "", "a/t /x/", "f x/t =1"},
    {"AbsoluteLinkStaysInTheTree", "l a >/d/t\nf d/t =1", "", "a /x", "f x =1"},
    {"LinkAboveTheTreeStaysInTheTree", "l d/a >../../../../t\nf t =1", "", "d/a /x", "f x =1"},
    {"LinkToTheRootOfTheTree", "l a >/\nf t =1", "", "a /x", "l x/a >/\nf x/t =1"},
    {"WildcardMatchThatIsALinkIsFollowed", "l a1 >t\nl a2 >d\nf t =1\nf d/u =2", "", "a* /x/",
     "f x/a1 =1\nf x/u =2"},
    {"WildcardsDoNotLookBehindLinks", "l l >d\nf d/t =1", "", "*/t /x/", "f x/t =1"},
    {"LinksInADirectoryAreKept", "l d/rel >t\nl d/abs >/etc/passwd\nl d/up >../../x\nl d/none >nowhere\nf d/t",
     "", "d /x", "l x/abs >/etc/passwd\nl x/none >nowhere\nl x/rel >t\nf x/t\nl x/up >../../x"},
    {"LinkToDirectoryInADirectoryIsKept", "l d/l >e\nf d/e/a =1", "", "d /x", "f x/e/a =1\nl x/l >e"},
    {"LoopOfLinks", "l a >b\nl b >a", "", "a /x", "error: too many symbolic links"},
    {"LinkOwnersAreKept", "l d/l 5:6 >t", "", "--from d /x", "l x/l 5:6 >t"},
};
MBUILD_COPY_CASES(CopySourceLinks, kSourceLinks);

const CopyCase kExclude[] = {
    {"InTheDirectory", "f d/a.c =1\nf d/b.o =2", "", "--exclude=*.o d /x", "f x/a.c =1"},
    {"DoesNotReachDeeper", "f d/b.o =1\nf d/e/c.o =2", "", "--exclude=*.o d /x", "f x/e/c.o =2"},
    {"OneLevelDown", "f d/b.o =1\nf d/e/c.o =2\nf d/e/k =3", "", "--exclude=*/*.o d /x", "f x/b.o =1\nf x/e/k =3"},
    {"AnyLevel", "f d/b.o =1\nf d/e/f/c.o =2\nf d/e/f/k =3", "", "--exclude=**/*.o d /x", "f x/e/f/k =3"},
    {"ADirectory", "f d/e/a =1\nf d/k =2", "", "--exclude=e d /x", "f x/k =2"},
    {"Several", "f d/a =1\nf d/b =2\nf d/c =3", "", "--exclude=a --exclude=b d /x", "f x/c =3"},
    {"EverythingLeavesAnEmptyDirectory", "f d/a =1", "", "--exclude=* d /x", "d x"},
    {"NamedFileIsNeverFiltered", "f a.o =1", "", "--exclude=*.o a.o /x/", "f x/a.o =1"},
    {"MatchedFileIsNeverFiltered", "f a.o =1\nf d/b.o =2\nf d/c =3", "", "--exclude=*.o * /x/", "f x/a.o =1\nf x/c =3"},
    {"RelativeToEachMatchedDirectory", "f d1/m/a =1\nf d1/k =1\nf d2/m/b =2\nf d2/l =2", "", "--exclude=m d* /x/",
     "f x/k =1\nf x/l =2"},
    {"NegationLetsInAgain", "f d/e/a =1\nf d/e/b =2", "", "--exclude=e --exclude=!e/b d /x", "f x/e/b =2"},
    {"FrameGetsTheSourcesMetadata", "d d/e 700 5:6 @9\nf d/e/a =1\nf d/e/b =2", "",
     "--from --exclude=e --exclude=!e/b d /x", "d x/e 700 5:6 @9\nf x/e/b =2"},
    {"ExistingFrameGetsOnlyTheMode", "d d/e 700 5:6\nf d/e/b =2", "d x/e 755 7:8",
     "--from --exclude=e --exclude=!e/b d /x", "d x/e 700 7:8\nf x/e/b =2"},
    {"EmptyFrameIsNotMade", "f d/e/a =1\nf d/k =2", "", "--exclude=e --exclude=!e/b d /x", "f x/k =2"},
    {"OrderMatters", "f d/a =1\nf d/b =2", "", "--exclude=!a --exclude=* d /x", "d x"},
    {"FromTheWholeTree", "f a =1\nf d/b.md =2\nf c.md =3", "", "--exclude=**/*.md . /x", "f x/a =1\nd x/d"},
};
MBUILD_COPY_CASES(CopyExclude, kExclude);

const CopyCase kParents[] = {
    {"File", "f a/b/c =1", "", "--parents a/b/c /x", "f x/a/b/c =1"},
    {"DestinationIsADirectory", "f a/b =1", "", "--parents a/b /x/", "f x/a/b =1"},
    {"Directory", "f a/b/c =1\nf a/d =2", "", "--parents a/b /x", "f x/a/b/c =1"},
    {"ParentsGetTheSourcesMetadata", "d a 700 5:6\nd a/b 711\nf a/b/c =1", "", "--from --parents a/b/c /x",
     "d x/a 700 5:6\nd x/a/b 711\nf x/a/b/c =1"},
    {"ExistingParentsGetOnlyTheMode", "d a 700 5:6\nf a/c =1", "d x/a 755 7:8", "--from --parents a/c /x",
     "d x/a 700 7:8\nf x/a/c =1"},
    {"Pivot", "f a/b/c/d =1", "", "--parents a/b/./c/d /x", "f x/c/d =1"},
    {"FirstPivotCounts", "f a/b/c/d =1", "", "--parents a/./b/./c /x", "f x/b/c/d =1"},
    {"DotAtTheEndIsNoPivot", "f a/b/c =1", "", "--parents a/b/. /x", "f x/a/b/c =1"},
    {"DotAtTheStartIsNoPivot", "f a/b/c =1", "", "--parents ./a/b /x", "f x/a/b/c =1"},
    {"Wildcard", "f a/b1 =1\nf a/b2 =2\nf a/c =3", "", "--parents a/b* /x", "f x/a/b1 =1\nf x/a/b2 =2"},
    {"WildcardAfterThePivot", "f a/b/c/f =1\nf a/b2/c/g =2\nf a/b3/e =3", "", "--parents a/./*/c /x",
     "f x/b/c/f =1\nf x/b2/c/g =2"},
    {"WildcardBeforeThePivot", "f a/b1/c/f =1\nf a/b2/c/g =2", "", "--parents a/b*/./c /x", "f x/c/f =1\nf x/c/g =2"},
    {"DoubleStar", "f a/b/c/e/f =1\nf a/b/e/g =2\nf a/b/k =3", "", "--parents a/b/./**/e /x", "f x/c/e/f =1\nf x/e/g =2"},
    {"DoubleStarWithPattern", "f a/x.txt =1\nf a/b/y.txt =2\nf a/b/z.md =3", "", "--parents **/*.txt /x",
     "f x/a/b/y.txt =2\nf x/a/x.txt =1"},
    {"SeveralSources", "f a/b/c =1\nf a/d/e =2", "", "--parents a/b/c a/d/e /x", "f x/a/b/c =1\nf x/a/d/e =2"},
    {"MissingLiteral", "f a/b =1", "", "--parents a/none /x", "error: \"/a/none\": not found"},
    {"MissingBehindThePivot", "f a/b =1", "", "--parents a/./none /x", "error: \"/a/none\": not found"},
    {"NothingMatchesMakesTheDestination", "f a/b =1", "", "--parents a/z* /x", "d x"},
    {"WithExclude", "f a/b/c.o =1\nf a/b/d =2", "", "--parents --exclude=**/*.o a/b /x", "f x/a/b/d =2"},
    {"WholeTree", "f a/b =1\nf c =2", "", "--parents . /x", "f x/a/b =1\nf x/c =2"},
};
MBUILD_COPY_CASES(CopyParents, kParents);

const CopyCase kIgnore[] = {
    {"File", "f a.log =1\nf b =2", "", "--ignore=*.log . /x", "f x/b =2"},
    {"Directory", "f d/a =1\nf b =2", "", "--ignore=d . /x", "f x/b =2"},
    {"PathsAreFromTheTop", "f d/a =1\nf d/b =2", "", "--ignore=d/a d /x", "f x/b =2"},
    {"PathsAreFromTheTopNotFromTheSource", "f d/a =1", "", "--ignore=a d /x", "f x/a =1"},
    {"LetInAgain", "f a =1\nf b =2", "", "--ignore=* --ignore=!a . /x", "f x/a =1"},
    {"LetInAgainBelowADirectory", "d d 711\nf d/a =1\nf d/b =2", "", "--ignore=d --ignore=!d/a . /x",
     "d x/d 711\nf x/d/a =1"},
    {"FrameIsAnOrdinaryDirectory", "d d 711\nf d/a =1", "d x/d 755 7:8", "--ignore=d --ignore=!d/a . /x",
     "d x/d 711\nf x/d/a =1"},
    {"NamedDirectoryWithSomethingLetInAgain", "f d/a =1\nf d/b =2", "", "--ignore=d --ignore=!d/a d /x", "f x/a =1"},
    {"NamedDirectoryWithNothingLetInAgain", "f d/b =2", "", "--ignore=d --ignore=!d/a d /x", "error: \"/d\": not found"},
    {"FileInIgnoredDirectory", "f d/a =1", "", "--ignore=d d/a /x", "error: the ignore file leaves it out"},
    {"WildcardsDoNotSeeIt", "f a.c =1\nf b.c =2", "", "--ignore=b.c *.c /x/", "f x/a.c =1"},
    {"LinkToIgnoredFile", "l l >a\nf a =1", "", "--ignore=a l /x", "error: \"/l\": not found"},
    {"IgnoredLink", "l l >a\nf a =1", "", "--ignore=l l /x", "error: \"/l\": not found"},
    {"DoubleStar", "f a/b/n/c =1\nf n/d =2\nf k =3", "", "--ignore=**/n . /x", "d x/a/b\nf x/k =3"},
    {"TopIsNeverIgnored", "f a =1", "", "--ignore=* . /x", "d x"},
    {"WithExclude", "f a =1\nf b =2\nf c =3", "", "--ignore=a --exclude=b . /x", "f x/c =3"},
    {"WithParents", "f d/a =1\nf d/b =2", "", "--ignore=d/a --parents d /x", "f x/d/b =2"},
};
MBUILD_COPY_CASES(CopyIgnore, kIgnore);

}  // namespace

}  // namespace mbuild::test
