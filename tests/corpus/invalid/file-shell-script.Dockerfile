FROM a
set -e
cd /x
RUN y
