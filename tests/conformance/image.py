"""An image as the cases compare it: config, history, what each layer lists, and the merged tree, as plain values.

Times count only where they are fixed: one within the build itself is "now".
"""
import datetime
import hashlib
import json
import tarfile

KINDS = {tarfile.REGTYPE: "file", tarfile.AREGTYPE: "file", tarfile.DIRTYPE: "dir", tarfile.SYMTYPE: "symlink",
         tarfile.LNKTYPE: "hardlink", tarfile.CHRTYPE: "char", tarfile.BLKTYPE: "block", tarfile.FIFOTYPE: "fifo"}
WHITEOUT, OPAQUE = ".wh.", ".wh..wh..opq"
XATTR = "SCHILY.xattr."


def text_of(data):
    """Short text as it is, anything else by its digest."""
    try:
        text = data.decode("ascii")
        if len(text) <= 160 and all(char.isprintable() or char in "\n\t" for char in text):
            return json.dumps(text)
    except UnicodeDecodeError:
        pass
    return f"{len(data)} sha256:{hashlib.sha256(data).hexdigest()[:16]}"


class Node:
    """What a path is. Names that are hard links of each other share one."""

    def __init__(self, archive, member, started):
        self.kind = KINDS[member.type]
        self.names = set()
        self.words = [self.kind, f"{member.mode & 0o7777:04o}", f"{member.uid}:{member.gid}"]
        if self.kind == "symlink":
            self.words[1] = "-"
            self.words.append("-> " + member.linkname)
        if self.kind == "file":
            self.words.append(text_of(archive.extractfile(member).read()))
        if self.kind in ("char", "block"):
            self.words.append(f"{member.devmajor},{member.devminor}")
        for key, value in sorted(member.pax_headers.items()):
            if key.startswith(XATTR):
                self.words.append(f"{key[len(XATTR):]}={value.encode('utf-8', 'surrogateescape').hex()}")
        self.words.append("now" if member.mtime >= started else f"mtime={member.mtime:g}" if member.mtime % 1 else
                          f"mtime={int(member.mtime)}")

    def describe(self):
        links = "" if len(self.names) < 2 else " links=" + ",".join(sorted(self.names))
        return " ".join(self.words) + links


class Tree:
    """Layers laid over each other, by path."""

    def __init__(self):
        self.nodes = {}

    def remove(self, path):
        for name in [name for name in self.nodes if name == path or name.startswith(path + "/")]:
            self.nodes.pop(name).names.discard(name)

    def put(self, path, node):
        if node.kind != "dir" or path in self.nodes and self.nodes[path].kind != "dir":
            self.remove(path)
        elif path in self.nodes:
            self.nodes[path].names.discard(path)
        self.nodes[path] = node
        node.names.add(path)

    def apply(self, archive, started):
        """Lays a layer over it; gives the names of its entries, in their order."""
        listed, added = [], set()
        for member in archive:
            path = "/" + member.name.strip("/").removeprefix("./")
            folder, name = path.rsplit("/", 1)
            listed.append(path + ("/" if member.isdir() else ""))
            if name == OPAQUE:
                for child in [n for n in self.nodes if n.startswith(folder + "/") and n not in added]:
                    self.remove(child)
            elif name.startswith(WHITEOUT):
                self.remove(folder + "/" + name[len(WHITEOUT):])
            elif member.islnk():
                self.put(path, self.nodes["/" + member.linkname.strip("/").removeprefix("./")])
            else:
                self.put(path, Node(archive, member, started))
            added.add(path)
        return listed


def fixed_time(text, started):
    """A time of a config, unless it is of the build itself."""
    seconds = datetime.datetime.fromisoformat(text[:19] + "+00:00").timestamp()
    return None if seconds >= started else text


def dropped(value):
    return value is None or value == "" or value == {} or value is False


def model(archive_path, started, base_layers):
    """The image in a docker-archive, without what cannot be equal twice: ids and the times of the build.

    base_layers: diffIDs of layers that are not the case's own; they are merged but not listed.
    """
    with tarfile.open(archive_path) as outer:
        entry = json.load(outer.extractfile("manifest.json"))[0]
        config = json.load(outer.extractfile(entry["Config"]))
        tree, layers, touched = Tree(), [], set()
        for name, diff_id in zip(entry["Layers"], config["rootfs"]["diff_ids"]):
            with tarfile.open(fileobj=outer.extractfile(name)) as layer:
                listed = tree.apply(layer, started)
            if diff_id not in base_layers:
                layers.append(listed)
                touched.update(listed)
    return {"config": {key: value for key, value in sorted({
                **{key: config.get(key) for key in ("architecture", "os", "variant", "author")},
                "created": fixed_time(config["created"], started),
                **config["config"]}.items()) if not dropped(value)},
            "history": [entry.get("created_by", "") + (" (empty)" if entry.get("empty_layer") else "")
                        for entry in config["history"] if entry.get("created_by") != "samples/toolchain/make_base.py"],
            "layers": layers,
            "tree": {path: tree.nodes[path].describe() if path in tree.nodes else "absent"
                     for path in sorted({whited_out(name.rstrip("/")) for name in touched if not name.endswith(OPAQUE)})}}


def whited_out(path):
    """The path that a whiteout is about; any other as it is."""
    folder, name = path.rsplit("/", 1)
    return f"{folder}/{name[len(WHITEOUT):]}" if name.startswith(WHITEOUT) else path
