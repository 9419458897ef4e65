FROM a
ADD --chown=1 --chmod=0 --link=false --keep-git-dir=true --checksum=sha256:0 --unpack --exclude=b c d
