/* mbuild's C interface: read a Dockerfile, say what is wrong with it, walk it, and build images.
 *
 * Strings are UTF-8 and end in NUL. What a function gives as `const char *`, or in a struct it fills, belongs to the
 * object that was asked and stays as it is until that is freed. A function that can fail takes `error`: it is set to
 * an object to be freed with mbuild_error_free(), or left alone on success; it may be null. Different objects may be
 * used by different threads at once; of one object only mbuild_request_cancel() may be called beside others.
 * Nothing here exits, prints, or throws; objects are freed with null allowed.
 *
 * Structs that are filled come with their size, so that one that grows stays compatible: a program compiled against
 * an older header gets the members it knows. MBUILD_ABI changes only when that does not suffice; it is the number in
 * the library's name, too.
 */
#ifndef MBUILD_H
#define MBUILD_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MBUILD_API __attribute__((visibility("default")))
#else
#define MBUILD_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define MBUILD_ABI 0

/* The MBUILD_ABI the library was made with, and its version, as "0.1.0". */
MBUILD_API int mbuild_abi(void);
MBUILD_API const char *mbuild_version(void);

/* ---- errors ---- */

typedef struct mbuild_error mbuild_error;

enum mbuild_error_kind {
  MBUILD_INVALID_INPUT = 1, /* the Dockerfile, an option or the context is at fault */
  MBUILD_NOT_FOUND,
  MBUILD_UNAUTHORIZED, /* credentials are missing or were refused */
  MBUILD_UNAVAILABLE,  /* a network peer failed in a way that may pass */
  MBUILD_CORRUPT,      /* data does not match its digest, size or format */
  MBUILD_UNSUPPORTED,  /* this library or this machine cannot do it */
  MBUILD_STEP_FAILED,  /* a command of the Dockerfile ended with a status that is not 0 */
  MBUILD_NO_SPACE,
  MBUILD_IO,
  MBUILD_CANCELLED,
  MBUILD_INTERNAL
};

MBUILD_API int mbuild_error_kind(const mbuild_error *error);            /* an mbuild_error_kind */
MBUILD_API const char *mbuild_error_message(const mbuild_error *error); /* action, object, cause */
MBUILD_API const char *mbuild_error_hint(const mbuild_error *error);    /* what to do; "" for no advice */
/* The lines to blame, 1-based and both included. Null and 0 when there are none. */
MBUILD_API const char *mbuild_error_file(const mbuild_error *error);
MBUILD_API unsigned mbuild_error_first_line(const mbuild_error *error);
MBUILD_API unsigned mbuild_error_last_line(const mbuild_error *error);
MBUILD_API void mbuild_error_free(mbuild_error *error);

/* For strings that a function gives away. */
MBUILD_API void mbuild_string_free(char *text);

/* ---- Dockerfiles: no file is read, nothing is built ---- */

typedef struct mbuild_dockerfile mbuild_dockerfile;

/* A half-open part of the text: in bytes, and as editors count (0-based lines, columns in UTF-16 units). */
typedef struct mbuild_range {
  uint32_t begin, end;
  uint32_t begin_line, begin_column;
  uint32_t end_line, end_column;
} mbuild_range;

typedef struct mbuild_build_arg {
  const char *name;
  const char *value;
} mbuild_build_arg;

/* Parses `size` bytes, resolves the stages and checks them. `name` is what messages call the file. What is wrong is
 * in the diagnostics. `target` is the stage that is wanted (null: the last), `args` are `--build-arg`s. Null only
 * with an error: there is no memory, or the text is larger than 16 MiB. */
MBUILD_API mbuild_dockerfile *mbuild_dockerfile_parse(const char *text, size_t size, const char *name,
                                                      const char *target, const mbuild_build_arg *args,
                                                      size_t arg_count, mbuild_error **error);
MBUILD_API void mbuild_dockerfile_free(mbuild_dockerfile *dockerfile);
/* Whether it could be built: no diagnostic is an error. */
MBUILD_API int mbuild_dockerfile_ok(const mbuild_dockerfile *dockerfile);
/* The whole tree, as `mbuild parse --json` prints it. */
MBUILD_API const char *mbuild_dockerfile_json(const mbuild_dockerfile *dockerfile);

enum mbuild_severity { MBUILD_ERROR = 0, MBUILD_WARNING = 1, MBUILD_HINT = 2 };

typedef struct mbuild_diagnostic {
  int severity;     /* an mbuild_severity */
  const char *code; /* stable: "unknown-instruction", "StageNameCasing" */
  const char *message;
  mbuild_range range;
} mbuild_diagnostic;

/* By position. The getters below give 1, or 0 and nothing when there is no such index. */
MBUILD_API size_t mbuild_diagnostic_count(const mbuild_dockerfile *dockerfile);
MBUILD_API int mbuild_diagnostic_get(const mbuild_dockerfile *dockerfile, size_t index, mbuild_diagnostic *out,
                                     size_t size);

typedef struct mbuild_instruction {
  const char *keyword; /* upper case: "COPY" */
  const char *text;    /* the logical line: continuations joined, comments removed */
  mbuild_range range;  /* heredocs included */
  mbuild_range keyword_range;
  size_t flag_count;
} mbuild_instruction;

typedef struct mbuild_flag {
  const char *name;  /* without the dashes */
  const char *value; /* null for a flag without one */
  mbuild_range range;
} mbuild_flag;

MBUILD_API size_t mbuild_instruction_count(const mbuild_dockerfile *dockerfile);
MBUILD_API int mbuild_instruction_get(const mbuild_dockerfile *dockerfile, size_t index, mbuild_instruction *out,
                                      size_t size);
MBUILD_API int mbuild_flag_get(const mbuild_dockerfile *dockerfile, size_t instruction, size_t index,
                               mbuild_flag *out, size_t size);

enum mbuild_reference_kind { MBUILD_SCRATCH = 0, MBUILD_STAGE = 1, MBUILD_CONTEXT = 2, MBUILD_IMAGE = 3 };
enum mbuild_reference_use { MBUILD_BASE = 0, MBUILD_COPY = 1, MBUILD_MOUNT = 2 };

typedef struct mbuild_stage {
  const char *name; /* lower case, or "stage-2" for one without a name */
  mbuild_range range;
  int needed; /* by the target */
  int target; /* it is the one */
  size_t reference_count;
} mbuild_stage;

/* What a stage takes files from: its base, then every COPY --from and mount from=. */
typedef struct mbuild_reference {
  int kind; /* an mbuild_reference_kind */
  int use;  /* an mbuild_reference_use */
  size_t stage;
  const char *name; /* of a context or an image, else "" */
  mbuild_range range;
} mbuild_reference;

/* 0 when the stages could not be resolved. */
MBUILD_API size_t mbuild_stage_count(const mbuild_dockerfile *dockerfile);
MBUILD_API int mbuild_stage_get(const mbuild_dockerfile *dockerfile, size_t index, mbuild_stage *out, size_t size);
MBUILD_API int mbuild_reference_get(const mbuild_dockerfile *dockerfile, size_t stage, size_t index,
                                    mbuild_reference *out, size_t size);

/* A variable's value, or null when it is not set; it must live until mbuild_expand() returns. */
typedef const char *(*mbuild_lookup)(const char *name, void *user);

/* One word with its quotes removed and its variables replaced, to be freed with mbuild_string_free(). `escape` is
 * '\\' or '`'. Null with an error. */
MBUILD_API char *mbuild_expand(const char *word, char escape, mbuild_lookup lookup, void *user,
                               mbuild_error **error);

/* ---- builds ---- */

/* To be called at a program's start, before it has threads, by programs that build as ordinary users: the process
 * becomes root of a user namespace. `isolation` is "auto" or a name `mbuild info` knows. Gives 0, or an error kind.
 * See builder/isolation.h. */
MBUILD_API int mbuild_enter_isolation(const char *isolation, mbuild_error **error);

typedef struct mbuild_request mbuild_request;

MBUILD_API mbuild_request *mbuild_request_new(void); /* null when there is no memory */
MBUILD_API void mbuild_request_free(mbuild_request *request);

/* Sets one option, called as on the command line and without the dashes. Those that may be given several times add:
 *   root FOLDER, context FOLDER-OR-URL, file PATH, target STAGE, platform LIST, tag NAME*, build-arg NAME=VALUE*,
 *   build-context NAME=PLACE*, label NAME=VALUE*, annotation NAME=VALUE*, add-host NAME:ADDRESS*, allow WHAT*,
 *   network MODE, snapshotter NAME, no-cache-filter STAGE*, insecure HOST*
 * and, with "1" or "0": no-cache, pull, push, load, squash, sbom, offline.
 * Gives 0, or an error kind. */
MBUILD_API int mbuild_request_set(mbuild_request *request, const char *option, const char *value,
                                  mbuild_error **error);
/* The Dockerfile's text, in the place of a file. */
MBUILD_API void mbuild_request_set_dockerfile(mbuild_request *request, const char *text, size_t size);
/* A file of the context as it is to be taken for, such as an editor's unsaved buffer. `path` is relative to the
 * context; it need not exist. Copied. */
MBUILD_API void mbuild_request_set_file(mbuild_request *request, const char *path, const void *data, size_t size);
/* `--output`: a type and `count` attributes "key=value". */
MBUILD_API int mbuild_request_add_output(mbuild_request *request, const char *type, const char *const *attributes,
                                         size_t count, mbuild_error **error);
/* From any thread, and from within a callback: a build of the request ends soon, with MBUILD_CANCELLED. */
MBUILD_API void mbuild_request_cancel(mbuild_request *request);

enum mbuild_event_kind {
  MBUILD_STEP_ADDED = 1, /* step, text: its name; stage, first_line, last_line */
  MBUILD_STEP_STARTED,   /* step */
  MBUILD_STEP_OUTPUT,    /* step, text as it was read (size bytes), stream: 1 or 2 */
  MBUILD_STEP_PROGRESS,  /* step, text: of what; done and total in bytes (total 0: not known) */
  MBUILD_STEP_FINISHED,  /* step, outcome, text: why it ran or failed, and what it used */
  MBUILD_NOTICE          /* text, stage: a rule's name or ""; stream: 1 for a warning, 0 for information */
};
enum mbuild_outcome { MBUILD_EXECUTED = 0, MBUILD_CACHED, MBUILD_CUT_OFF, MBUILD_FAILED, MBUILD_STOPPED };

typedef struct mbuild_event {
  int kind; /* an mbuild_event_kind; members it does not name are 0 or "" */
  size_t step;
  const char *text;
  size_t size;
  const char *stage;
  int stream;
  int outcome; /* an mbuild_outcome */
  uint64_t done, total;
  uint64_t wall_ns, cpu_ns, peak_memory_bytes;
  unsigned first_line, last_line;
} mbuild_event;

/* Called from threads of the build, one at a time; the event is gone when it returns. It must not call back into
 * the build, except to cancel it. */
typedef void (*mbuild_observer)(const mbuild_event *event, void *user);

typedef struct mbuild_image mbuild_image;

/* Builds in the calling thread and threads of its own; several builds may run at once, of different requests.
 * `observer` may be null. Gives the image, or null with an error; nothing half-made is left then. */
MBUILD_API mbuild_image *mbuild_build(mbuild_request *request, mbuild_observer observer, void *user,
                                      mbuild_error **error);
MBUILD_API void mbuild_image_free(mbuild_image *image);
MBUILD_API const char *mbuild_image_id(const mbuild_image *image);       /* "sha256:..." */
MBUILD_API const char *mbuild_image_config(const mbuild_image *image);   /* JSON */
MBUILD_API const char *mbuild_image_metadata(const mbuild_image *image); /* JSON, as --metadata-file */
MBUILD_API size_t mbuild_image_layer_count(const mbuild_image *image);

typedef struct mbuild_layer {
  const char *diff_id;
  uint64_t size_bytes; /* of the uncompressed tarball */
  const char *created_by;
} mbuild_layer;
MBUILD_API int mbuild_image_layer_get(const mbuild_image *image, size_t index, mbuild_layer *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
