// Where files land: SEMANTICS A11, "Destination", "Directories", "Type conflicts".
#include "tests/builder/exec/copy_case.h"

namespace mbuild::test {

namespace {

const CopyCase kFiles[] = {
    {"FileToNewName", "f a =1", "", "a /b", "f b =1"},
    {"FileToNewNameBelowMissingDirectories", "f a =1", "", "a /x/y/b", "f x/y/b =1"},
    {"FileToDirectoryWithSlash", "f a =1", "", "a /x/", "f x/a =1"},
    {"FileToDirectoryWithSlashDot", "f a =1", "", "a /x/.", "f x/a =1"},
    {"FileToExistingDirectory", "f a =1", "d x 700 3:4", "a /x", "d x 700 3:4\nf x/a =1"},
    {"FileToRoot", "f d/a =1", "", "d/a /", "f a =1"},
    {"FileToWorkingDirectory", "f a =1", "d work", "a .", "f work/a =1"},
    {"FileToMissingWorkingDirectory", "f a =1", "", "a ./", "f work/a =1"},
    {"RelativeDestination", "f a =1", "d work", "a x/b", "f work/x/b =1"},
    {"DestinationIsCleaned", "f a =1", "", "a /x/../y//./b", "f y/b =1"},
    {"DestinationStaysInTheRoot", "f a =1", "", "a /../../b", "f b =1"},
    {"FileReplacesFile", "f a 600 =new", "f b 755 5:6 =old", "a /b", "f b 600 =new"},
    {"FileReplacesLinkInDirectory", "f a =new", "l x/a >/t\nf t =old", "a /x/", "f t =old\nf x/a =new"},
    {"FileReplacesHardlinkWithoutTouchingTheOther", "f a =new", "f x/a =old\nh y >x/a", "a /x/",
     "f x/a =new\nf y =old"},
    {"FileReplacesFifo", "f a =new", "p x/a 600", "a /x/", "f x/a =new"},
    {"FileOverDirectory", "f a =1", "d x/a", "a /x/",
     "error: cannot replace to directory /x/a with file"},
    {"FileIntoFile", "f a =1", "f x =1", "a /x/", "error: mkdir /x: not a directory"},
    {"FileBelowFile", "f a =1", "f x =1", "a /x/y/b", "error: mkdir /x: not a directory"},
    {"SeveralFilesToDirectory", "f a =1\nf b =2", "", "a b /x/", "f x/a =1\nf x/b =2"},
    {"SeveralFilesWithoutSlashLastWins", "f a =1\nf b =2", "", "a b /x", "f x =2"},
    {"SeveralFilesWithoutSlashToExistingDirectory", "f a =1\nf b =2", "d x", "a b /x", "f x/a =1\nf x/b =2"},
    {"SameNameTwiceLastWins", "f d/a =1\nf e/a =2", "", "d/a e/a /x/", "f x/a =2"},
    {"FileAndDirectory", "f a =1\nf d/b =2", "", "a d /x/", "f x/a =1\nf x/b =2"},
    {"EmptyFile", "f a 640", "", "a /b", "f b 640"},
    {"SourceIsCleaned", "f d/a =1", "", "./d/../d//a /b", "f b =1"},
    {"SourceStaysInTheTree", "f a =1", "", "../../a /b", "f b =1"},
    {"AbsoluteSourceIsRelative", "f a =1", "", "/a /b", "f b =1"},
    {"TrailingSlashOfASourceFileDoesNotMatter", "f a =1", "", "a/ /b", "f b =1"},
};
MBUILD_COPY_CASES(CopyFiles, kFiles);

const CopyCase kDirectories[] = {
    {"ContentsToNewName", "f d/a =1\nf d/e/b =2", "", "d /x", "f x/a =1\nf x/e/b =2"},
    {"ContentsToSlash", "f d/a =1", "", "d /x/", "f x/a =1"},
    {"ContentsToRoot", "f d/a =1\nf d/usr/b =2", "f usr/c =3", "d /", "f a =1\nf usr/b =2\nf usr/c =3"},
    {"SlashAtTheEndOfTheSource", "f d/a =1", "", "d/ /x", "f x/a =1"},
    {"DotAtTheEndOfTheSource", "f d/a =1", "", "d/. /x", "f x/a =1"},
    {"WholeTree", "f a =1\nf d/b =2", "", ". /x", "f x/a =1\nf x/d/b =2"},
    {"WholeTreeBySlash", "f a =1", "", "/ /x/", "f x/a =1"},
    {"EmptyDirectoryIsMade", "d d 700", "", "d /x", "d x"},
    {"EmptySubdirectory", "d d/e 711", "", "d /x", "d x/e 711"},
    {"NewDestinationDoesNotGetTheSourcesOwnerAndMode", "d d 1700 5:6\nf d/a", "", "--from d /x",
     "d x 755 0:0\nf x/a"},
    {"ExistingDestinationKeepsOwnerAndMode", "d d 700 5:6\nf d/a", "d x 1777 7:8", "--from d /x",
     "d x 1777 7:8\nf x/a"},
    {"NestedDirectoryGetsTheSourcesOwnerAndMode", "d d/e 2750 5:6", "", "--from d /x", "d x/e 2750 5:6"},
    {"ExistingNestedDirectoryIsOverwritten", "d d/e 750 5:6", "d x/e 700 7:8\nf x/e/old =1", "--from d /x",
     "d x/e 750 5:6\nf x/e/old =1"},
    {"ExistingDestinationGetsTheSourcesTime", "d d @1000.7\nf d/a", "d x @2000", "d /x",
     "d x @1000.7\nf x/a"},
    {"NewDestinationGetsTheSourcesTime", "d d @1000.7\nf d/a", "", "d /x", "d x @1000.7\nf x/a"},
    {"TimesAreKeptToTheNanosecond", "d d/e @11.1\nf d/e/a @22.2\nl d/e/l >a @33.3\np d/e/p @44.4", "", "d /x",
     "d x/e @11.1\nf x/e/a @22.2\nl x/e/l >a @33.3\np x/e/p 644 @44.4"},
    {"TimesFarAway", "f d/a @4000000000.7", "", "d /x", "f x/a @4000000000.7"},
    {"TimesBefore1970", "f d/a @-5.3", "", "d /x", "f x/a @-5.3"},
    {"FileInDirectoryReplacesFile", "f d/a =new", "f x/a =old", "d /x", "f x/a =new"},
    {"FileInDirectoryReplacesLink", "f d/a =new", "l x/a >/t\nf t =old", "d /x", "f t =old\nf x/a =new"},
    {"LinkInDirectoryReplacesFile", "l d/a >t", "f x/a =old", "d /x", "l x/a >t"},
    {"LinkInDirectoryReplacesLink", "l d/a >t", "l x/a >u", "d /x", "l x/a >t"},
    {"DirectoryOverFile", "f d/a", "f x =1", "d /x", "error: cannot copy to non-directory: /x"},
    {"DirectoryOverFileWithSlash", "f d/a", "f x =1", "d /x/", "error: mkdir /x: not a directory"},
    {"DirectoryOverNestedFile", "d d/a", "f x/a =1", "d /x", "error: cannot copy to non-directory: /x/a"},
    {"DirectoryOverNestedLink", "f d/a/b", "l x/a >/t\nd t", "d /x",
     "error: cannot copy to non-directory: /x/a | /x/a is a symbolic link"},
    {"FileOverNestedDirectory", "f d/a", "d x/a", "d /x",
     "error: cannot replace to directory /x/a with file"},
    {"LinkOverNestedDirectory", "l d/a >t", "d x/a", "d /x",
     "error: cannot replace to directory /x/a with file"},
    {"TwoDirectoriesMerge", "f d/a =1\nf d/s/b =1\nf e/a =2\nf e/s/c =2", "", "d e /x",
     "f x/a =2\nf x/s/b =1\nf x/s/c =2"},
    {"UnreadableModesAreNoObstacle", "d d/e 000\nf d/e/a 000 =1", "", "d /x", "d x/e 000\nf x/e/a 000 =1"},
    {"NamesAreBytes", "f d/\xff\xfe =1\nf d/\\ =2\nf d/'\" =3", "", "d /x", "f x/\xff\xfe =1\nf x/\\ =2\nf x/'\" =3"},
};
MBUILD_COPY_CASES(CopyDirectories, kDirectories);

const CopyCase kDestinationLinks[] = {
    {"LinkToDirectory", "f a =1", "l x >t\nd t", "a /x/", "l x >t\nf t/a =1"},
    {"LinkToDirectoryWithoutSlash", "f a =1", "l x >t\nd t", "a /x", "l x >t\nf t/a =1"},
    {"LinkToFileIsFollowed", "f a =new", "l x >t\nf t =old", "a /x", "l x >t\nf t =new"},
    {"LinkOnTheWay", "f a =1", "l x >t\nd t", "a /x/y/b", "l x >t\nf t/y/b =1"},
    {"AbsoluteLinkStaysInTheRoot", "f a =1", "l x >/t", "a /x/", "l x >/t\nf t/a =1"},
    {"LinkAboveTheRootStaysInTheRoot", "f a =1", "l d/x >../../../t", "a /d/x/", "l d/x >../../../t\nf t/a =1"},
    {"DanglingLinkIsMadeAtItsTarget", "f a =1", "l symlink >../tmp/t", "a /symlink/",
     "l symlink >../tmp/t\nf tmp/t/a =1"},
    {"DanglingLinkToFileIsMadeAtItsTarget", "f a =1", "l x >y/z", "a /x", "l x >y/z\nf y/z =1"},
    {"ContentsThroughALink", "f d/a =1", "l x >t\nd t", "d /x", "l x >t\nf t/a =1"},
    {"LoopOfLinks", "f a =1", "l x >y\nl y >x", "a /x/", "error: too many symbolic links"},
    {"LinkToProc", "f a =1", "l x >/proc/self/cwd", "a /x/", "l x >/proc/self/cwd\nf proc/self/cwd/a =1"},
};
MBUILD_COPY_CASES(CopyDestinationLinks, kDestinationLinks);

}  // namespace

}  // namespace mbuild::test
