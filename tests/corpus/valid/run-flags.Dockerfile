FROM a
RUN --network=host --security=insecure --mount=type=ssh --device=x,required b
