FROM a
RUN --mount=type=cache,target=$HOME/.cache,id=${ID} b
