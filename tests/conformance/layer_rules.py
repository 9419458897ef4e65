"""What every layer that mbuild writes must be, whatever the case (SEMANTICS B3): rules that need no expectation."""
import json
import tarfile

WHITEOUT = ".wh."
XATTR = "SCHILY.xattr."


def broken(archive_path, base_layers):
    """Lines of what is against the rules in the layers of a docker-archive that are not the base's."""
    with tarfile.open(archive_path) as outer:
        entry = json.load(outer.extractfile("manifest.json"))[0]
        config = json.load(outer.extractfile(entry["Config"]))
        diff_ids = config["rootfs"]["diff_ids"]
        filled = [item for item in config["history"] if not item.get("empty_layer")]
        if len(filled) != len(diff_ids):
            yield f"{len(filled)} entries of history have layers, {len(diff_ids)} layers are there"
        for index, (name, diff_id) in enumerate(zip(entry["Layers"], diff_ids)):
            if diff_id in base_layers:
                continue
            with tarfile.open(fileobj=outer.extractfile(name)) as layer:
                for line in broken_entries(layer):
                    yield f"layer {index}: {line}"


def broken_entries(layer):
    seen = {""}
    for member in layer:
        path = member.name.rstrip("/")
        if path.startswith("/") or any(part in ("", ".", "..") for part in path.split("/")):
            yield f"{path} is no clean relative path"
        if path in seen:
            yield f"{path} is there twice"
        folder, name = path.rsplit("/", 1) if "/" in path else ("", path)
        if folder not in seen:
            yield f"{path} comes before its directory"
        seen.add(path)
        if member.islnk() and member.linkname not in seen:
            yield f"{path} is a link to {member.linkname}, which is not there yet"
        if name.startswith(WHITEOUT) and (not member.isreg() or member.size or member.mode or member.mtime):
            yield f"{path}: a whiteout is an empty file of mode 0 and time 0"
        if member.uname or member.gname:
            yield f"{path} names its owner"
        if member.mtime % 1:
            yield f"{path} has a fraction of a second"
        for key in member.pax_headers:
            if key.startswith(XATTR) and key != XATTR + "security.capability":
                yield f"{path} has {key[len(XATTR):]}"
            if key in ("atime", "ctime"):
                yield f"{path} has {key}"
