/* Looks at a Dockerfile, then builds it, in C.
 *
 *   embed_c STORE_DIR CONTEXT_DIR DOCKERFILE
 */
#include <mbuild.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(mbuild_error *error) {
  fprintf(stderr, "error: %s\n", error ? mbuild_error_message(error) : "no memory");
  if (error && *mbuild_error_hint(error)) fprintf(stderr, "%s\n", mbuild_error_hint(error));
  mbuild_error_free(error);
  return 1;
}

static char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  char *text = malloc(1 << 20);
  *size = text ? fread(text, 1, 1 << 20, file) : 0;
  fclose(file);
  return text;
}

/* What a program could show beside the text: everything that is found, and the graph of stages. */
static int describe(const char *text, size_t size) {
  mbuild_error *error = NULL;
  mbuild_dockerfile *dockerfile = mbuild_dockerfile_parse(text, size, "Dockerfile", NULL, NULL, 0, &error);
  if (!dockerfile) return fail(error);
  mbuild_diagnostic found;
  for (size_t i = 0; mbuild_diagnostic_get(dockerfile, i, &found, sizeof found); ++i)
    printf("%u:%u: %s: %s\n", found.range.begin_line + 1, found.range.begin_column + 1, found.code, found.message);
  mbuild_instruction instruction;
  for (size_t i = 0; mbuild_instruction_get(dockerfile, i, &instruction, sizeof instruction); ++i)
    printf("instruction %s\n", instruction.keyword);
  mbuild_stage stage;
  for (size_t i = 0; mbuild_stage_get(dockerfile, i, &stage, sizeof stage); ++i)
    printf("stage %s, from %zu place(s)\n", stage.name, stage.reference_count);
  int ok = mbuild_dockerfile_ok(dockerfile);
  mbuild_dockerfile_free(dockerfile);
  return !ok;
}

static void observe(const mbuild_event *event, void *user) {
  size_t *steps = user;
  if (event->kind == MBUILD_STEP_ADDED) ++*steps;
  if (event->kind == MBUILD_STEP_OUTPUT) fwrite(event->text, 1, event->size, stdout);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  mbuild_error *error = NULL;
  if (mbuild_enter_isolation("auto", &error)) return fail(error);

  size_t size = 0;
  char *text = read_file(argv[3], &size);
  if (!text) return fail(NULL);
  if (describe(text, size)) {
    free(text);
    return 1;
  }

  mbuild_request *request = mbuild_request_new();
  mbuild_request_set_dockerfile(request, text, size);
  free(text);
  const char *const options[][2] = {
      {"root", argv[1]}, {"context", argv[2]}, {"tag", "embedded-c:latest"}, {"label", "made.by=c"}};
  for (size_t i = 0; i < sizeof options / sizeof *options; ++i)
    if (mbuild_request_set(request, options[i][0], options[i][1], &error)) {
      mbuild_request_free(request);
      return fail(error);
    }
  size_t steps = 0;
  mbuild_image *image = mbuild_build(request, observe, &steps, &error);
  mbuild_request_free(request);
  if (!image) return fail(error);
  printf("built %s in %zu step(s)\n", mbuild_image_id(image), steps);
  mbuild_layer layer;
  for (size_t i = 0; mbuild_image_layer_get(image, i, &layer, sizeof layer); ++i)
    printf("layer %s: %s\n", layer.diff_id, layer.created_by);
  mbuild_image_free(image);
  return 0;
}
