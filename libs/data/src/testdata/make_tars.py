"""Makes testdata/tars: archives by GNU tar in each of its formats, and by Python's tarfile, and what tarfile reads from them.

    python3 make_tars.py      # needs GNU tar

expected.json: for each archive its regular files (name, where the content begins, its length) and links (name, target, hard or not).
"""

import io
import json
import os
import pathlib
import subprocess
import tarfile
import tempfile

OUT = pathlib.Path(__file__).parent / "tars"
LONG = "long-" + "x" * 90
FILES = {
    "a/1.jpg": b"one",
    "a/2.jpg": b"",
    "b/\u0394\u03ad\u03bb\u03c4\u03b1 \u56fe.jpg": b"letters" * 100,
    "b/line\nbreak.jpg": b"newline",
    f"c/{LONG}/{LONG}/deep.jpg": b"deep",
    f"c/{LONG}.jpg": b"z" * 512,
}


def gnu_tar(folder: pathlib.Path, form: str) -> None:
    longest = {"v7": 99, "ustar": 150}.get(form, 1000)
    names = [name for name in FILES if len(name.encode()) <= longest]
    listed = "\0".join([*names, "links"]).encode()
    subprocess.run(
        ["tar", f"--format={form}", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "-b", "1",
         "-cf", str(OUT / f"{form}.tar"), "-C", str(folder), "--null", "-T", "-"],
        input=listed, check=True)


def main() -> None:
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for path, content in FILES.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        (folder / "links").mkdir()
        os.link(folder / "a/1.jpg", folder / "links/hard.jpg")
        os.symlink("../b/line\nbreak.jpg", folder / "links/soft.jpg")
        os.symlink("/etc/hostname", folder / "links/outside.jpg")
        for form in ("v7", "oldgnu", "gnu", "ustar", "pax"):
            gnu_tar(folder, form)
    with tarfile.open(OUT / "python.tar", "w", format=tarfile.PAX_FORMAT) as tar:
        for path, content in FILES.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            info.mtime = 0.5
            tar.addfile(info, io.BytesIO(content))
    expected = {}
    for path in sorted(OUT.glob("*.tar")):
        with tarfile.open(path) as tar:
            members = tar.getmembers()
        expected[path.name] = {
            "files": [[m.name, m.offset_data, m.size] for m in members if m.isreg() and not m.islnk()],
            "links": [[m.name, m.linkname, m.islnk()] for m in members if m.islnk() or m.issym()],
        }
    (OUT / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=True) + "\n")


main()
