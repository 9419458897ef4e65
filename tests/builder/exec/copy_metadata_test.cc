// What copied files look like: SEMANTICS A11, "Metadata of created things", --chown, --chmod, heredocs.
#include "tests/builder/exec/copy_case.h"

namespace mbuild::test {

namespace {

const CopyCase kOwners[] = {
    {"ContextFilesBelongToRoot", "d d/e 755 5:6\nf d/a 644 5:6", "", "d /x", "f x/a\nd x/e"},
    {"StageFilesKeepTheirOwners", "d d/e 755 5:6\nf d/a 644 7:8", "", "--from d /x", "f x/a 7:8\nd x/e 5:6"},
    {"StageFileKeepsItsOwner", "f a 644 7:8", "", "--from a /x/y", "d x\nf x/y 7:8"},
    {"ChownNumbers", "f a", "", "--chown=11:22 a /x", "f x 11:22"},
    {"ChownNumberAloneIsTheGroupToo", "f a", "", "--chown=11 a /x", "f x 11:11"},
    {"ChownReachesMadeParents", "f a", "d x", "--chown=11:22 a /x/y/z", "d x\nd x/y 11:22\nf x/y/z 11:22"},
    {"ChownReachesANewDestination", "f d/e/a", "", "--chown=11:22 d /x",
     "d x 11:22\nd x/e 11:22\nf x/e/a 11:22"},
    {"ChownLeavesAnExistingDestination", "f d/a", "d x 700 3:4", "--chown=11:22 d /x", "d x 700 3:4\nf x/a 11:22"},
    {"ChownReachesLinksNotTheirTargets", "l d/l >/t", "f t", "--chown=11:22 d /x", "f t\nd x 11:22\nl x/l 11:22 >/t"},
    {"ChownBeatsTheStagesOwner", "f a 644 7:8", "", "--from --chown=11:22 a /x", "f x 11:22"},
    {"ChownUserName", "f a", "f etc/passwd =app:x:11:22::/:", "--chown=app a /x",
     "f etc/passwd =app:x:11:22::/:\nf x 11:22"},
    {"ChownUserAndGroupName", "f a", "f etc/passwd =app:x:11:22::/:\nf etc/group =grp:x:33:", "--chown=app:grp a /x",
     "f etc/passwd =app:x:11:22::/:\nf etc/group =grp:x:33:\nf x 11:33"},
    {"ChownUnknownNameIsRoot", "f a 644 7:8", "", "--from --chown=nobody a /x", "f x 0:0"},
    {"ChownKeepsSetIdBits", "f a 6755", "", "--chown=11:22 a /x", "f x 6755 11:22"},
    {"ChownOfDevicesAndFifos", "p d/p 600\nc d/c 666 >1:3", "", "--chown=11:22 d /x",
     "d x 11:22\nc x/c 666 11:22 >1:3\np x/p 600 11:22"},
};
MBUILD_COPY_CASES(CopyOwners, kOwners);

const CopyCase kModes[] = {
    {"ModesAreKept", "f a 4751\nf b 000\nf c 1644", "", ". /x", "f x/a 4751\nf x/b 000\nf x/c 1644"},
    {"Octal", "f a 600", "", "--chmod=755 a /x", "f x 755"},
    {"OctalReachesFilesAndDirectories", "f d/e/a 600", "", "--chmod=751 d /x", "d x 751\nd x/e 751\nf x/e/a 751"},
    {"OctalReachesMadeParents", "f a", "", "--chmod=711 a /x/y/z", "d x 711\nd x/y 711\nf x/y/z 711"},
    {"OctalLeavesAnExistingDestination", "f d/a", "d x 700", "--chmod=751 d /x", "d x 700\nf x/a 751"},
    {"OctalWithSpecialBits", "f d/e/a", "", "--chmod=6711 d /x", "d x 711\nd x/e 6711\nf x/e/a 6711"},
    {"StickyIsNotForTheTopDirectory", "f d/e/a", "", "--chmod=1777 d /x", "d x 777\nd x/e 1777\nf x/e/a 1777"},
    {"OctalLeadingZero", "f a", "", "--chmod=0640 a /x", "f x 640"},
    {"OctalZero", "f a", "", "--chmod=0 a /x", "f x 0"},
    {"Symbolic", "f a 644", "", "--chmod=u+x,go-r a /x", "f x 700"},
    {"SymbolicLeavesMadeParents", "f a 644", "", "--chmod=go-rx a /x/y/z", "d x 755\nd x/y 755\nf x/y/z 600"},
    {"SymbolicLeavesANewDestination", "f d/e/a 644", "", "--chmod=go= d /x", "d x 755\nd x/e 700\nf x/e/a 600"},
    {"CapitalX", "d d/e 700\nf d/a 600\nf d/b 700", "", "--chmod=a+X d /x", "f x/a 600\nf x/b 711\nd x/e 711"},
    {"LinksAreNotChanged", "l d/l >/t", "f t 600", "--chmod=777 d /x", "f t 600\nd x 777\nl x/l >/t"},
    {"NotOctal", "f a", "", "--chmod=888 a /x",
     "error: invalid chmod parameter: '888'. it should be octal string and between 0 and 07777"},
    {"TooLarge", "f a", "", "--chmod=10000 a /x",
     "error: invalid chmod parameter: '10000'. it should be octal string and between 0 and 07777"},
    {"NotSymbolic", "f a", "", "--chmod=hello a /x", "error: invalid chmod parameter: 'hello': invalid syntax"},
    {"ChmodAndChown", "f d/a", "", "--chmod=640 --chown=1:2 d /x", "d x 640 1:2\nf x/a 640 1:2"},
};
MBUILD_COPY_CASES(CopyModes, kModes);

const CopyCase kSpecialFiles[] = {
    {"HardlinksInADirectory", "f d/a =1\nh d/e/b >d/a", "", "d /x", "f x/a =1\nh x/e/b >x/a"},
    {"HardlinkToAFileThatIsNotCopied", "f a =1\nh d/b >a", "", "d /x", "f x/b =1"},
    {"HardlinksOfTwoSourcesAreTwoFiles", "f a =1\nh b >a", "", "a b /x/", "f x/a =1\nf x/b =1"},
    {"HardlinksOfTwoMatchesAreTwoFiles", "f a =1\nh b >a", "", "* /x/", "f x/a =1\nf x/b =1"},
    {"HardlinkReplacesFile", "f d/a =1\nh d/b >d/a", "f x/b =old", "d /x", "f x/a =1\nh x/b >x/a"},
    {"HardlinksWithTheFirstNameExcluded", "f d/a =1\nh d/b >d/a\nh d/c >d/a", "", "--exclude=a d /x",
     "f x/b =1\nh x/c >x/b"},
    {"Fifo", "p d/p 620", "", "d /x", "p x/p 620"},
    {"NamedFifo", "p p 620", "", "p /x", "p x 620"},
    {"Devices", "c d/c 640 >1:3\nb d/b 600 >7:9", "", "d /x", "b x/b 600 >7:9\nc x/c 640 >1:3"},
    {"DeviceReplacesFile", "c d/c 640 >1:3", "f x/c =old", "d /x", "c x/c 640 >1:3"},
    {"SocketBecomesAnEmptyFile", "s d/s 640", "", "d /x", "f x/s 640"},
    {"NamedSocket", "s s 640", "", "s /x", "f x 640"},
    {"Xattrs", "f d/a =1 #user.k=v\nd d/e #user.d=w", "", "d /x", "f x/a =1 #user.k=v\nd x/e #user.d=w"},
    {"XattrsOfANamedFile", "f a =1 #user.k=v", "", "a /x", "f x =1 #user.k=v"},
    {"XattrsOfAStage", "f a =1 #user.k=v", "", "--from a /x", "f x =1 #user.k=v"},
    {"XattrsOfTheTopDirectoryStay", "d d #user.k=v\nf d/a", "", "d /x", "f x/a"},
};
MBUILD_COPY_CASES(CopySpecialFiles, kSpecialFiles);

const CopyCase kTexts[] = {
    {"NewFile", "", "", "<<a=hello /x", "f x =hello"},
    {"IntoDirectory", "", "", "<<a=hello /x/", "f x/a =hello"},
    {"IntoExistingDirectory", "", "d x", "<<a=hello /x", "f x/a =hello"},
    {"Replaces", "", "f x 600 1:2 =old", "<<a=hello /x", "f x =hello"},
    {"Several", "", "", "<<a=1 <<b=2 /x/", "f x/a =1\nf x/b =2"},
    {"AfterFiles", "f a =file", "", "<<a=text a /x/", "f x/a =text"},
    {"Empty", "", "", "<<a= /x", "f x"},
    {"ChownAndChmod", "", "", "--chown=1:2 --chmod=4711 <<a=1 /x/", "d x 711 1:2\nf x/a 4711 1:2 =1"},
    {"SymbolicChmod", "", "", "--chmod=+x <<a=1 /x", "f x 755 =1"},
    {"IsNeverAnArchive", "", "", "--add <<a=hello /x", "f x =hello"},
};
MBUILD_COPY_CASES(CopyTexts, kTexts);

}  // namespace

}  // namespace mbuild::test
