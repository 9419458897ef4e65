"""OCI image layouts made by hand, for images that no builder makes."""
import hashlib
import json
import os

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Layout:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(os.path.join(folder, "blobs", "sha256"), exist_ok=True)
        self._write("oci-layout", '{"imageLayoutVersion": "1.0.0"}')

    def _write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as out:
            out.write(text)

    def path(self, descriptor):
        return os.path.join(self.folder, "blobs", "sha256", descriptor["digest"].partition(":")[2])

    def blob(self, value, media_type):
        """Keeps bytes, or a value as JSON; gives the descriptor."""
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        descriptor = {"mediaType": media_type, "digest": digest(data), "size": len(data)}
        with open(self.path(descriptor), "wb") as out:
            out.write(data)
        return descriptor

    def image(self, layers, arch="amd64", diff_ids=None):
        """An image of (bytes, media type) each; gives its manifest's descriptor. `diff_ids` of compressed layers."""
        descriptors = [self.blob(data, kind) for data, kind in layers]
        config = {"os": "linux", "architecture": arch, "config": {},
                  "rootfs": {"type": "layers", "diff_ids": diff_ids or [one["digest"] for one in descriptors]}}
        return self.blob({"schemaVersion": 2, "mediaType": MANIFEST, "layers": descriptors,
                          "config": self.blob(config, "application/vnd.oci.image.config.v1+json")}, MANIFEST)

    def name(self, descriptor, name="latest"):
        """Makes the descriptor the one image of the layout."""
        named = {**descriptor, "annotations": {"org.opencontainers.image.ref.name": name}}
        self._write("index.json", json.dumps({"schemaVersion": 2, "manifests": [named]}))
