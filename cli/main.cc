// mbuild: picks the verb and hands over. Everything else is in the verb's own file.
#include "cli/commands.h"

int main(int argc, char** argv) {
  return mbuild::cli::run(argc, argv);
}
