/* Counts the words of a text and prints them, the most frequent first. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
  char *text;
  unsigned count;
};

static struct word *words;
static size_t used, room;

static void count(const char *text) {
  for (size_t i = 0; i < used; ++i) {
    if (strcmp(words[i].text, text) == 0) {
      ++words[i].count;
      return;
    }
  }
  if (used == room) {
    room = room ? 2 * room : 64;
    words = realloc(words, room * sizeof *words);
    if (!words) exit(2);
  }
  words[used].text = strdup(text);
  words[used++].count = 1;
}

static int by_count(const void *left, const void *right) {
  const struct word *a = left, *b = right;
  if (a->count != b->count) return a->count < b->count ? 1 : -1;
  return strcmp(a->text, b->text);
}

int main(int argc, char **argv) {
  FILE *in = argc > 1 ? fopen(argv[1], "r") : stdin;
  if (!in) {
    perror(argv[1]);
    return 1;
  }
  char text[256];
  size_t length = 0;
  for (int c; (c = fgetc(in)) != EOF;) {
    if (isalpha(c) && length + 1 < sizeof text) {
      text[length++] = (char)tolower(c);
    } else if (length) {
      text[length] = 0;
      count(text);
      length = 0;
    }
  }
  if (length) {
    text[length] = 0;
    count(text);
  }
  qsort(words, used, sizeof *words, by_count);
  for (size_t i = 0; i < used; ++i) printf("%u %s\n", words[i].count, words[i].text);
  return 0;
}
