FROM a as Build
FROM b aS C
