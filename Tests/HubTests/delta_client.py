"""Uploads deltas as the clients of two generations do, and prints what is wrong.

    delta_client.py URL WORK_DIR
    delta_client.py URL WORK_DIR KEY     from another machine, with a key to the workspace my-project
"""
import gzip, hashlib, io, json, os, sys, tarfile, threading, time, urllib.error, urllib.parse, urllib.request, uuid

HUB, ROOT = sys.argv[1], sys.argv[2]
wrong = []


def expect(what, good, *more):
    if not good:
        wrong.append(f"{what}: {more}")


def sha1(data):
    return "sha1:" + hashlib.sha1(data).hexdigest()


def bundle(workspace, operations, generation=2, top=True, sequence=None, extra=(), hashes=None, without=None, shape=tarfile.PAX_FORMAT):
    """operations: (operation, path, content or None, source or None). A time with a fraction puts a PAX header before each entry."""
    identity = str(uuid.uuid4())
    prefix = f"{identity}/" if top is True else top
    listed, files = [], []
    for operation, path, content, source in operations:
        one = {"operation": operation, "path": path, "relative_path": path, "absolute_path": f"{workspace}/{path}",
               "size_bytes": len(content or b""), "content_hash": sha1(content) if content is not None else None,
               "previous_hash": sha1(content) if content is not None else None, "file_hash": "1234567890", "language": "x",
               "modified_time": "2026-01-02T03:04:05"}
        if source is not None:
            one |= {"source_path": source, "source_relative_path": source}
        listed.append(one)
        if content is not None:
            files.append((f"files/{operation}/{path}", content))
    counts = {kind: sum(one[0] == kind for one in operations) for kind in ("created", "updated", "deleted", "moved")}
    manifest = {"version": "1.0", "bundle_id": identity, "workspace_path": workspace, "collection_name": "c",
                "created_at": "2026-01-02T03:04:05.123456", "sequence_number": sequence, "parent_sequence": None,
                "operations": counts, "total_files": len(operations), "total_size_bytes": 1, "compression": "gzip", "encoding": "utf-8"}
    if without:
        del manifest[without]
    known = {path: sha1(content) for _, path, content, _ in operations if content is not None}
    texts = [("manifest.json", manifest), ("metadata/operations.json", {"operations": listed}),
             ("metadata/hashes.json", {"workspace_path": workspace, "updated_at": "x", "file_hashes": known if hashes is None else hashes})]
    out = io.BytesIO()
    with gzip.GzipFile(f"{identity}.tar", "wb", fileobj=out) as packed, tarfile.open(
            fileobj=packed, mode="w", format=shape, errors="surrogateescape") as tar:
        for folder in ("", "files", "files/created", "files/updated", "files/moved", "metadata"):
            if prefix + folder:
                info = tarfile.TarInfo((prefix + folder).rstrip("/"))
                info.type, info.mode, info.mtime = tarfile.DIRTYPE, 0o755, 1767323045.123456
                if info.name:
                    tar.addfile(info)
        for path, data in [(path, json.dumps(value, indent=2).encode()) for path, value in texts] + files:
            info = tarfile.TarInfo(prefix + path)
            info.size, info.mtime = len(data), 1767323045.123456
            tar.addfile(info, io.BytesIO(data))
        for info in extra:
            tar.addfile(info)
    return f"{identity}.tar.gz", out.getvalue()


def upload(workspace, packed, generation=2, sequence=None, force=None, headers={}, fields={}, more=b""):
    name, data = packed
    boundary = uuid.uuid4().hex
    parts = {"workspace_path": workspace, "collection_name": "c", "force": {1: "false", 2: "False"}[generation]}
    if generation == 1:
        parts["sequence_number"] = str(sequence)
    if generation == 2:
        parts |= {"source_path": "/home/u/p", "logical_repo_id": "fs:0123456789abcdef"}
    if force is not None:
        parts["force"] = force
    parts = {key: value for key, value in (parts | fields).items() if value is not None}
    body = b"".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in parts.items())
    body += more.replace(b"BOUNDARY", boundary.encode())
    kind = "Content-Type: application/gzip\r\n" if generation == 1 else ""
    if data is not None:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="bundle"; filename="{name}"\r\n{kind}\r\n'.encode() + data + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return ask("POST", "/api/v1/delta/upload", body, {"Content-Type": f"multipart/form-data; boundary={boundary}", **headers})


def ask(method, path, body=None, headers={}):
    request = urllib.request.Request(HUB + path, method=method, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def status(workspace):
    return ask("GET", "/api/v1/delta/status?" + urllib.parse.urlencode({"workspace_path": workspace}))


def tree(workspace):
    found = {}
    for at, _, names in os.walk(workspace):
        for name in names:
            with open(f"{at}/{name}", "rb") as file:
                found[os.path.relpath(f"{at}/{name}", workspace)] = file.read()
    return found


def finish():
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


# A client asks for the status, and will not start without it, before it sends its key, in a form. It names its own root.
if len(sys.argv) > 3:
    for path in ("/code/my-project", "/home/u/other"):
        code, told = status(path)
        expect("the status needs no key", code == 200 and told["status"] == "ready" and set(told) == {
            "workspace_path", "collection_name", "last_sequence", "last_upload", "pending_operations", "status", "server_info"}, told)
    w, operations = "/code/my-project", [("created", "a", b"1", None)]
    for session, code in ((None, 401), ("wrong", 401), (sys.argv[3], 200)):
        got, answer = upload(w, bundle(w, operations), fields={"session": session})
        expect(f"an upload with the session {session} is answered with {code}", got == code, answer)
    expect("it lies in the workspace", tree(f"{ROOT}/my-project") == {"a": b"1"})
    expect("and counts", status(w)[1]["last_sequence"] == 1)
    expect("the key opens no other", upload("/code/other", bundle(w, operations), fields={"session": sys.argv[3]})[0] == 403)
    finish()

# What both generations do on a good day.
for generation in (1, 2):
    w = f"{ROOT}/good-{generation}"
    code, told = status(w)
    expect("an unknown workspace is ready", code == 200 and told["last_sequence"] == 0 and told["status"] == "ready"
           and told["workspace_path"] == w and told["collection_name"] and told["server_info"]["supported_formats"] == ["tar.gz"], told)
    code, answer = upload(w, bundle(w, [("created", "a.txt", b"one", None), ("created", "d/é.txt", b"two", None)], generation, sequence=1),
                          generation, 1)
    expect("a first upload is taken", code == 200 and answer["success"] is True and answer["sequence_number"] == 1
           and answer["next_sequence"] == 2 and answer["processed_operations"] == {
               "created": 2, "updated": 0, "deleted": 0, "moved": 0, "skipped": 0, "failed": 0}
           and answer["error"] is None and answer["collection_name"] == "c" and answer["indexed_points"] is None, answer)
    expect("its files are there", tree(w) == {"a.txt": b"one", "d/é.txt": b"two"}, tree(w))
    # A rename as it arrives: created, moved, deleted; and an update, a delete of what is gone, an empty path.
    operations = [("created", "b.txt", b"one", None), ("updated", "d/é.txt", b"three", None),
                  ("moved", "b.txt", b"one", "a.txt"), ("deleted", "a.txt", None, None), ("deleted", "gone", None, None), ("created", "", None, None)]
    code, answer = upload(w, bundle(w, operations, generation, sequence=2), generation, 2)
    expect("a second one too", answer.get("success") and answer["processed_operations"] == {
        "created": 1, "updated": 1, "deleted": 2, "moved": 1, "skipped": 1, "failed": 0}, answer)
    expect("and its files are right", tree(w) == {"b.txt": b"one", "d/é.txt": b"three"}, tree(w))
    expect("the sequence is known", status(w)[1]["last_sequence"] == 2, status(w))
    code, answer = upload(w, bundle(w, [], generation, sequence=3), generation, 3)
    expect("no operations are no error", answer.get("success") and answer["sequence_number"] == 3, answer)

w = f"{ROOT}/numbers"
expect("1", upload(w, bundle(w, [("created", "a", b"1", None)]), 1, 1)[1]["success"])
for number in (1, 3, 0):
    code, answer = upload(w, bundle(w, [("created", "a", b"x", None)]), 1, number)
    expect(f"{number} is out of sequence", code == 200 and answer["success"] is False and answer["bundle_id"] is None and answer["error"]["code"] ==
           "SEQUENCE_MISMATCH" and answer["error"]["expected_sequence"] == 2 and answer["error"]["received_sequence"] == number
           and answer["error"]["retry_after"] == 5000, answer)
for force, number in (("true", 40), ("1", 7), ("YES", 9), ("on", 3)):
    expect(f"force={force} sets {number}", upload(w, bundle(w, []), 1, number, force)[1].get("next_sequence") == number + 1)
expect("what was refused changed nothing", tree(w) == {"a": b"1"}, tree(w))
expect("the form's number beats the manifest's", upload(w, bundle(w, [], sequence=99), 1, 4)[1].get("sequence_number") == 4)
expect("the manifest's counts when the form has none", upload(w, bundle(w, [], sequence=77), 2)[1]["error"]["received_sequence"] == 77)
for field, value, code in (("workspace_path", "", 422), ("workspace_path", None, 422), ("force", "maybe", 422), ("force", "f", 422), ("sequence_number", "x", 422),
                           ("sequence_number", "-1", 422), ("sequence_number", str(2**63 - 1), 422)):
    got, answer = upload(w, bundle(w, []), 2, fields={field: value})
    expect(f"{field}={value!r} is a form error", got == code and answer["detail"][0]["loc"] == ["body", field] and answer["error"]["message"], answer)
for what, more in {"given twice": 'name="workspace_path"\r\n\r\nother'.encode(), "no UTF-8": b'name="collection_name"\r\n\r\nc\xe9'}.items():
    part = b"--BOUNDARY\r\nContent-Disposition: form-data; " + more + b"\r\n"
    code, answer = upload(w, bundle(w, []), 2, fields={"collection_name": None}, more=part)
    expect(f"a field that is {what} is a form error", code == 422, answer)
expect("a number that leaves none is refused", upload(w, bundle(w, [], sequence=2**63 - 1), 2, force="true")[1]["success"] is False)
code, answer = upload(w, bundle(w, []), 2, more=b"".join(b'--BOUNDARY\r\nContent-Disposition: form-data; name="other"\r\n\r\n\xe9\r\n' for _ in "ab"))
expect("what is not known is ignored", code == 200 and answer["success"], answer)
for size in (10, 3 << 20):
    expect("a plan is not known, whatever its length", ask("POST", "/api/v1/delta/plan", b"x" * size, {"Content-Type": "text/plain"})[0] == 404)
expect("no bundle is a form error", upload(w, ("x", None), 2)[0] == 422)
expect("no form is a form error", ask("POST", "/api/v1/delta/upload", b"{}", {"Content-Type": "application/json"})[0] == 422)
expect("no workspace is a form error", ask("GET", "/api/v1/delta/status")[0] == 422)
code, answer = upload(w, ("x.tar.gz", os.urandom((2 << 20) + 10)), 2)
expect("too much is told of", code == 413 and answer["error"]["code"] == "BUNDLE_TOO_LARGE" and answer["detail"], answer)

# All or nothing, and never outside.
w = f"{ROOT}/closed"
os.makedirs(f"{w}/folder")
os.symlink("/etc", f"{w}/out")
with open(f"{w}/keep", "wb") as file:
    file.write(b"kept")
with open(f"{ROOT}/victim", "wb") as file:
    file.write(b"safe")
before, data = tree(w), sorted(os.listdir(f"{ROOT}/.."))
def link(kind):
    info = tarfile.TarInfo("x/link")
    info.type, info.linkname = kind, "x/manifest.json"
    return info
C = ("created", "new", b"n", None)
for what, packed in {
    "..": bundle(w, [C, ("created", "../victim", b"x", None)]), "absolute": bundle(w, [C, ("created", f"{ROOT}/victim", b"x", None)]),
    ".": bundle(w, [C, ("created", "a/./b", b"x", None)]), "a link on the way": bundle(w, [C, ("created", "out/x", b"x", None)]),
    "a link itself": bundle(w, [C, ("updated", "out", b"x", None)]), "a link deleted": bundle(w, [C, ("deleted", "out", None, None)]),
    "two in one": bundle(w, [C, ("created", "new/x", b"x", None)]),
    "deleted outside": bundle(w, [C, ("deleted", "../victim", None, None)]), "moved from outside": bundle(w, [C, ("moved", "m", None, "../victim")]),
    "moved from nowhere": bundle(w, [("updated", "keep", b"lost", None), C, ("moved", "m", None, "none")]),
    "an unknown operation": bundle(w, [C, ("renamed", "m", b"x", None)]), "no content": bundle(w, [C, ("created", "m", None, None)]),
    "a wrong hash": bundle(w, [C, ("created", "m", b"x", None)], hashes={"m": "sha1:" + "0" * 40}),
    "a link in it": bundle(w, [C], extra=[link(tarfile.SYMTYPE)], top="x/"), "a hard link in it": bundle(w, [C], extra=[link(tarfile.LNKTYPE)], top="x/"),
    "a slash in a character": bundle(w, [C, ("created", "../\u0301victim", b"x", None)]), "moved through one": bundle(w, [C, ("moved", "m", None, "../\u0338victim")]),
    "a folder replaced, and a wrong hash": bundle(w, [("created", "folder", b"x", None), C], hashes={"new": "sha1:" + "0" * 40}),
    "a file replaced, and a link": bundle(w, [("created", "keep/x", b"x", None), ("created", "out/x", b"x", None)]),
    **{f"no {field}": bundle(w, [C], without=field) for field in ("version", "bundle_id", "workspace_path", "created_at", "sequence_number")}, "no archive": ("x.tar.gz", b"nothing"), "half an archive": ("x", bundle(w, [C])[1][:200]),
    "a decoy": bundle(w, [("created", "m", None, None), ("created", "x/files/created/m", b"decoy", None)]),
}.items():
    code, answer = upload(w, packed)
    expect(f"{what} is refused", code == 200 and answer["success"] is False and answer["error"]["code"] == "PROCESSING_ERROR", answer)
    expect(f"{what} changes nothing", tree(w) == before and os.path.isdir(f"{w}/folder") and open(f"{ROOT}/victim").read() == "safe", tree(w))
expect("what lacks is named", "lacks version" in upload(w, bundle(w, [C], without="version"))[1]["error"]["message"])
# A name that is no UTF-8: Python has half of a surrogate pair for each such byte, and PAX the bytes themselves.
code, answer = upload(w, bundle(w, [C, ("created", "caf\udce9", b"x", None)]))
expect("a name that is no UTF-8 is refused by name", answer["success"] is False and "caf" in answer["error"]["message"] and tree(w) == before, answer)
expect("no number was used up", status(w)[1]["last_sequence"] == 0)
for outside in ("/", ROOT, f"{ROOT}/../x", f"{ROOT}/.delta/x", f"{ROOT}//x", f"{w}/out/x", "..", "../x", "../\u0301x", f"{ROOT}/../\u0301x", "/code/..", "/code/../x",
                "/code//x", "/code/.delta", "a/./b", ".delta-aside/x"):
    code, answer = upload(outside, bundle(outside, [C]))
    expect(f"the workspace {outside} is refused", code == 200 and answer["success"] is False, answer)
    expect(f"{outside} is not ready", status(outside)[0] == 422, status(outside))
expect("nothing was made through a link", not os.path.lexists("/etc/x"))
expect("nothing was made outside", sorted(os.listdir(f"{ROOT}/..")) == data, os.listdir(f"{ROOT}/.."))

# Clients of a container's service send its root, others a path of their own: the last part is the name.
for index, path in enumerate(("/code/mapped", "/home/u/p/mapped", f"{ROOT}/mapped", "mapped", "/code/mapped/")):
    code, answer = upload(path, bundle(path, [("created", f"{index}", b"x", None)]))
    expect(f"{path} is taken", answer.get("sequence_number") == index + 1, answer)
    expect(f"and known by {path}", status(path)[1]["last_sequence"] == index + 1 and status(path)[1]["workspace_path"] == path)
expect("all is in one workspace", sorted(tree(f"{ROOT}/mapped")) == ["0", "1", "2", "3", "4"])

# A folder becomes a file, and the reverse, whatever the order of the operations.
w = f"{ROOT}/kinds"
FOLDER, FILE = {"a/x": b"1", "a/y/z": b"2", "b": b"3"}, {"a": b"4", "b": b"3"}
def kinds(operations, after, kept=None):
    code, answer = upload(w, bundle(w, operations))
    expect(f"{operations} is applied", answer["success"] and tree(w) == after, answer, tree(w))
    aside = answer.get("kept_aside")
    expect(f"{operations} keeps {kept}", (tree(aside) if aside else None) == kept, answer)
def gone(*paths): return [("deleted", path, None, None) for path in paths]
def made(files): return [("created", path, content, None) for path, content in files.items()]
kinds(made(FOLDER), FOLDER)
kinds(made({"a": b"4"}) + gone("a/x", "a/y/z"), FILE)
kinds(made({"a/x": b"1", "a/y/z": b"2"}) + gone("a"), FOLDER)
kinds(gone("a/y/z", "a/x") + made({"a": b"4"}), FILE)
kinds(gone("a") + made({"a/x": b"1", "a/y/z": b"2"}), FOLDER)
# What the bundle does not delete is somebody else's, or was missed: it is kept, and told of.
with open(f"{w}/a/foreign", "wb") as file:
    file.write(b"precious")
os.symlink("/nowhere", f"{w}/a/y/link")
code, answer = upload(w, bundle(w, made({"a": b"4"}) + gone("a/x")))
aside = answer.get("kept_aside")
expect("what was not deleted is kept", answer["success"] and tree(w) == FILE and aside and sorted(
    os.path.relpath(f"{at}/{name}", aside) for at, _, names in os.walk(aside) for name in names) == ["a/foreign", "a/y/link", "a/y/z"], answer)
kinds(made({"a/x": b"1"}), {"a/x": b"1", "b": b"3"}, {"a": b"4"})
# A file that is gone already, or is a folder by now, was not to be deleted any more.
kinds(gone("a", "b/x"), {"a/x": b"1", "b": b"3"})
# Renamed into a folder of its own old name, out of one that becomes the file, and round about; with the content and without.
kinds([("created", "b/c", b"3", None), ("moved", "b/c", b"3", "b"), ("deleted", "b", None, None)], {"a/x": b"1", "b/c": b"3"})
kinds([("moved", "b", None, "b/c"), ("deleted", "b/c", None, None)], {"a/x": b"1", "b": b"3"})
kinds([("moved", "b/c/d", None, "b")], {"a/x": b"1", "b/c/d": b"3"})
kinds([("moved", "t", None, "a/x"), ("moved", "a", None, "b/c/d"), ("moved", "b", None, "t")], {"a": b"3", "b": b"1"})
os.makedirs(f"{w}/empty/deeper")
kinds(made({"empty": b"e"}), {"a": b"3", "b": b"1", "empty": b"e"})

# A name is its bytes: two spellings of one word are two files.
NFC, NFD, HANGUL = "caf\u00e9/\u00e9", "cafe\u0301/e\u0301", "\u1112\u1161\u11ab"
for number, shape in enumerate((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)):
    w = f"{ROOT}/names-{number}"
    both = {NFC: b"c", NFD: b"d", HANGUL: b"h", "s/\u0301x": b"slash", "\U0001f600": b"face"}
    code, answer = upload(w, bundle(w, made(both), shape=shape))
    expect(f"names in {shape} are kept", answer["success"] and tree(w) == both, answer, tree(w))
    code, answer = upload(w, bundle(w, [("updated", NFD, b"new", None), ("moved", "\ud55c", None, HANGUL)] + gone(NFC), shape=shape))
    expect(f"names in {shape} are told apart", answer["success"] and tree(w) == {NFD: b"new", "\ud55c": b"h", "s/\u0301x": b"slash", "\U0001f600": b"face"}, answer, tree(w))
for top in ("", "./", "other/"):
    expect(f"{top!r} as the top is taken", upload(w, bundle(w, [("updated", "keep", b"kept", None)], top=top))[1].get("success"))

# Two at a time never get one number.
w, numbers = f"{ROOT}/race", []
def one(index):
    numbers.append(upload(w, bundle(w, [("created", f"f{index}", b"x" * 1000, None)]))[1].get("sequence_number"))
threads = [threading.Thread(target=one, args=(index,)) for index in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
expect("quick uploads get numbers of their own", sorted(numbers) == list(range(1, 13)), numbers)
expect("and all are applied", len(tree(w)) == 12)
# An upload goes when its answer is out, which the client may see first.
for _ in range(50):
    if not os.listdir(f"{ROOT}/.delta"): break
    time.sleep(0.1)
expect("nothing is left over", os.listdir(f"{ROOT}/.delta") == [], os.listdir(f"{ROOT}/.delta"))
finish()
