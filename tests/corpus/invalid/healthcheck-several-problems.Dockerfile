FROM a
HEALTHCHECK --interval=x --retries=y --foo=z BAR
