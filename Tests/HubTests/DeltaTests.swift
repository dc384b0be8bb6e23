import Glibc
import JSON
import Platform
import Testing

@testable import Hub

/// The delta service, asked as its clients in the field ask.
@Suite struct DeltaTests {
    @Test func `clients of both generations are served, and hostile bundles change nothing`() async throws {
        try await with { folder async throws in
            try await HubProgram.serving("\(folder)/data", environment: ["MAX_BUNDLE_SIZE_MB": "2"]) {
                url, _ async throws in
                let result = try await Subprocess.run(
                    Command("/usr/bin/python3", [Self.client, url, "\(folder)/data/workspaces"]), timeout: .seconds(100)
                )
                #expect(result.succeeded, "\(result.output)\(result.errors)")
                let health = try await Reply.curl(["\(url)/health"])
                #expect(health.json?["work_dir"]?.text == "workspaces")
            }
        }
    }

    @Test(.enabled(if: Account.currentUser == 0, "needs root for a network of its own"))
    func `a client on another machine needs a key for uploads, and none to see that the service is ready`()
        async throws
    {
        try await with { folder async throws in
            // An address that is not loopback's, in a network where nothing else is. The folder remembers WORK_DIR.
            let script = """
                ip link set lo up && ip addr add 10.9.9.1/32 dev lo
                WORK_DIR=$2/ws "$1" serve --listen 10.9.9.1:8002 --data "$2/data" >"$2/out" & hub=$!
                until grep -q listening "$2/out"; do sleep 0.1; done
                [ -z "$4" ] || key=$("$1" add-key /code/my-project --data "$2/data")
                [ -n "$4" ] || curl -sf 'http://10.9.9.1:8002/api/v1/delta/status?workspace_path=/code/w'
                [ -n "$4" ] || curl -s -F workspace_path=w -F bundle=@/etc/hostname http://10.9.9.1:8002/api/v1/delta/upload
                [ -z "$4" ] || /usr/bin/python3 "$3" http://10.9.9.1:8002 "$2/ws" "$key"; code=$?
                kill $hub; exit $code
                """
            let arguments = ["--net", "sh", "-c", script, "sh", try HubProgram.path(), folder, Self.client]
            let told = try await Subprocess.run(Command("/usr/bin/unshare", arguments + [""]), timeout: .seconds(300))
            #expect(told.output.contains(#""status":"ready""#) && told.output.contains("FORBIDDEN"), "\(told)")
            let keyed = try await Subprocess.run(
                Command("/usr/bin/unshare", arguments + ["key"]), timeout: .seconds(300))
            #expect(keyed.succeeded, "\(keyed.output)\(keyed.errors)")
            #expect(keyed.errors.contains("the key opens \(folder)/ws/my-project"), "\(keyed.errors)")
        }
    }

    @Test(arguments: ["half", "whole", "finished"])
    func `what a service that died had begun is taken back, and what it had finished stays`(state: String) async throws
    {
        try await with { folder async throws in
            let (root, hub) = ("\(folder)/data/workspaces", try Hub(data: "\(folder)/data"))
            let (workspace, work) = ("\(root)/w", "\(root)/.delta/apply-1")
            // Begun: the old content is kept, the new one in place, a new file and its folder made; a folder became a file,
            // and a file a folder.
            let files = [
                "old-0": "old", "old-1": "old f", "old-2": "old x", "folder-0/x": "old x", "folder-0/foreign": "old",
            ]
            for (path, text) in files { try write("\(work)/\(path)", text) }
            for path in ["changed", "made/file", "d", "f/file"] { try write("\(workspace)/\(path)", "new") }
            let path = { (text: String) in try DeltaPath(text) }
            try DeltaJournal(
                workspace: workspace, name: "apply-1",
                touched: [
                    .init(path: path("changed"), saved: "old-0"), .init(path: path("f"), saved: "old-1"),
                    .init(path: path("d/x"), saved: "old-2"), .init(path: path("made/file"), saved: nil),
                    .init(path: path("f/file"), saved: nil),
                ],
                folders: [path("f"), path("made")],
                replaced: [
                    .init(path: path("d"), saved: "folder-0", isFolder: true, gone: [path("d/x")]),
                    .init(path: path("f"), saved: "old-1", isFolder: false, gone: []),
                ], aside: "\(root)/.delta-aside/w/1"
            ).write(in: work)
            if state == "finished" { try Files.rename("\(work)/journal.json", to: "\(work)/finished.json") }
            if state != "half" {
                // What was finished stays so, though another upload came after it.
                let journal = state == "whole" ? "apply-1" : "apply-2"
                try hub.store.record(
                    .init(collection: "c", lastSequence: 5, lastUpload: .now(), journal: journal), at: workspace)
            }
            for _ in 1...2 { _ = try DeltaService(try .ofEnvironment(data: "\(folder)/data"), store: hub.store) }
            #expect(try Folders.names(in: "\(root)/.delta") == [])
            let left = try tree(workspace)
            if state == "half" {
                #expect(left == ["changed": "old", "f": "old f", "d/x": "old x", "d/foreign": "old"])
                #expect(try tree("\(root)/.delta-aside") == [:])
            } else {
                #expect(left == ["changed": "new", "made/file": "new", "d": "new", "f/file": "new"])
                #expect(try tree("\(root)/.delta-aside/w/1") == ["d/foreign": "old", "f": "old f"])
            }
        }
    }

    @Test func `a journal of an older version is taken back too`() async throws {
        try await with { folder async throws in
            let (root, hub) = ("\(folder)/data/workspaces", try Hub(data: "\(folder)/data"))
            try write("\(root)/w/changed", "new")
            try write("\(root)/.delta/apply-1/old-0", "old")
            let journal =
                #"{"workspace": "\#(root)/w", "name": "apply-1", "touched": [{"path": "changed", "saved": "old-0"}], "folders": []}"#
            try write("\(root)/.delta/apply-1/journal.json", journal)
            _ = try DeltaService(try .ofEnvironment(data: "\(folder)/data"), store: hub.store)
            #expect(try tree("\(root)/w") == ["changed": "old"])
        }
    }

    @Test func `killed while folders become files and files folders, it has applied all of it or nothing`() async throws
    {
        try await with { folder async throws in
            let (data, files) = ("\(folder)/data", 3000)
            let workspace = "\(data)/workspaces/w"
            var (applied, isFlat) = (0, true)
            for round in 1...7 {
                let toFlat = round == 1 || !isFlat
                try await pack(folder, content: "\(round)", files: files, isFlat: toFlat, clears: round > 1)
                try await HubProgram.serving(data) { url, process async throws in
                    let status = try await Reply.curl(["\(url)/api/v1/delta/status?workspace_path=w"])
                    #expect(status.json?["last_sequence"] == .integer(Int64(applied)))
                    if applied > 0 { try expectShape(workspace, files: files, isFlat: isFlat) }
                    async let answer = Self.upload(folder, to: url)
                    if round > 1 {
                        try await Task.sleep(for: .milliseconds(80 * round))
                        kill(process, SIGKILL)
                    }
                    _ = try await answer
                }
                let known = try Hub(data: data).store.deltaWorkspace(workspace)?.lastSequence ?? 0
                if known > Int64(applied) { (applied, isFlat) = (applied + 1, toFlat) }
            }
            #expect(applied >= 1)
            try await HubProgram.serving(data) { _, _ async throws in
                try expectShape(workspace, files: files, isFlat: isFlat)
            }
            #expect(try Folders.names(in: "\(data)/workspaces/.delta") == [])
            #expect(try tree("\(data)/workspaces/.delta-aside") == [:])
        }
    }

    @Test func `killed in the middle of an upload, it has applied all of it or nothing`() async throws {
        try await with { folder async throws in
            let (data, files) = ("\(folder)/data", 3000)
            var (applied, taken) = (0, 0)
            for round in 1...6 {
                try await pack(folder, content: "\(round)", files: files)
                try await HubProgram.serving(data) { url, process async throws in
                    // Whatever it had begun was taken back before it listened.
                    let status = try await Reply.curl(["\(url)/api/v1/delta/status?workspace_path=w"])
                    #expect(status.json?["last_sequence"] == .integer(Int64(applied)))
                    #expect(try contents("\(data)/workspaces/w") == (applied == 0 ? [:] : ["\(taken)": files]))
                    async let answer = Self.upload(folder, to: url)
                    // The first is let through; the others are killed at some moment.
                    if round > 1 {
                        try await Task.sleep(for: .milliseconds(60 * round))
                        kill(process, SIGKILL)
                    }
                    let told = try await answer
                    if told.output.contains(#""success":true"#) { (applied, taken) = (applied + 1, round) }
                }
                // Killed between carrying it through and telling: it counts, though nobody was told.
                let known = try Hub(data: data).store.deltaWorkspace("\(data)/workspaces/w")?.lastSequence ?? 0
                if known > Int64(applied) { (applied, taken) = (applied + 1, round) }
            }
            #expect(applied >= 1)
        }
    }

    @Test func `with keys each opens its workspace alone, as bearer token or field`() async throws {
        try await with { folder async throws in
            let data = "\(folder)/data"
            let key = try Hub(data: data).addDeltaKey("mine").text
            #expect(throws: HubError.self) { try Hub(data: data).addDeltaKey("../other") }
            try await HubProgram.serving(data) { url, _ async throws in
                let bearer = ["-H", "Authorization: Bearer \(key)"]
                let here = { (workspace: String) in
                    ["-F", "workspace_path=\(workspace)", "-F", "bundle=@/etc/hostname", "\(url)/api/v1/delta/upload"]
                }
                for (workspace, status) in [
                    ("mine", 200), ("mine/deeper", 200), ("/code/mine", 200), ("mine-not", 403), ("mine/../other", 403),
                ] { #expect(try await Reply.curl(bearer + here(workspace)).status == status, "\(workspace)") }
                let accented = try Hub(data: data).addDeltaKey("\u{e9}").text
                let header = ["-H", "Authorization: Bearer \(accented)"]
                #expect(try await Reply.curl(header + here("\u{e9}")).status == 200)
                // It looks the same, and is another folder.
                #expect(try await Reply.curl(header + here("e\u{301}")).status == 403)
                let upload = ["-F", "workspace_path=mine", "-F", "bundle=@/etc/hostname", "\(url)/api/v1/delta/upload"]
                #expect(try await Reply.curl(upload).status == 401)
                #expect(try await Reply.curl(["-F", "session=wrong"] + upload).status == 401)
                let told = try await Reply.curl(["-F", "session=\(key)"] + upload)
                #expect(told.status == 200 && told.json?["error"]?["code"]?.text == "PROCESSING_ERROR", "\(told.body)")
            }
        }
    }

    @Test(arguments: [("exit 0", true), ("echo no; exit 3", false)])
    func `after an upload the hook is called, and its outcome told`(line: String, isGood: Bool) async throws {
        try await with { folder async throws in
            let hook = "\(folder)/hook"
            try Files.replace(
                hook, with: Array("#!/bin/sh\necho $1 $DELTA_SEQUENCE_NUMBER >\(folder)/called\n\(line)\n".utf8),
                mode: 0o755)
            try await HubProgram.serving("\(folder)/data", environment: ["DELTA_HOOK": hook]) { url, _ async throws in
                let pack =
                    "mkdir -p b/metadata; cd b; echo '\(Self.manifest)' >manifest.json; "
                    + "echo '{\"operations\": []}' >metadata/operations.json; echo '{\"file_hashes\": {}}' >metadata/hashes.json; "
                    + "tar -czf ../b.tar.gz ."
                let packed = try await Subprocess.run(Command("/bin/sh", ["-euc", pack], workingDirectory: folder))
                #expect(packed.succeeded, "\(packed.errors)")
                let told = try await Reply.curl(
                    ["-F", "workspace_path=w", "-F", "bundle=@\(folder)/b.tar.gz", "\(url)/api/v1/delta/upload"])
                #expect(told.json?["success"] == .bool(true), "\(told.body)")
                #expect(told.json?["hook"]?["ok"] == .bool(isGood), "\(told.body)")
                #expect(try Files.text("\(folder)/called") == "\(folder)/data/workspaces/w 1\n")
            }
        }
    }

    private static func upload(_ folder: String, to url: String) async throws -> CommandResult {
        let form = ["-sS", "-F", "workspace_path=w", "-F", "bundle=@\(folder)/b.tar.gz", "\(url)/api/v1/delta/upload"]
        return try await Subprocess.run(Command("/usr/bin/curl", form))
    }

    private static let manifest =
        #"{"version": "1.0", "bundle_id": "b", "workspace_path": "w", "created_at": "2026-01-02T03:04:05", "sequence_number": null}"#

    /// A bundle that gives every file this content, all flat or in folders; it may clear what was there in the other shape.
    private func pack(
        _ folder: String, content: String, files: Int, isFlat: Bool = false, clears: Bool = false
    ) async throws {
        let script = """
            import hashlib, json, os, sys, tarfile, io
            content, files, flat, clears = sys.argv[1].encode(), int(sys.argv[2]), sys.argv[3] == "true", sys.argv[4] == "true"
            digest = "sha1:" + hashlib.sha1(content).hexdigest()
            deep, top = [f"d{n % 50}/f{n}" for n in range(files)], [f"d{n}" for n in range(50)]
            paths, others = (top, deep) if flat else (deep, top)
            operations = [{"operation": "updated", "path": path, "relative_path": path, "content_hash": digest} for path in paths]
            operations += [{"operation": "deleted", "path": path} for path in others if clears]
            with tarfile.open("b.tar.gz", "w:gz", compresslevel=1) as tar:
                for name, data in [("b/manifest.json", sys.argv[5].encode()),
                                   ("b/metadata/operations.json", json.dumps({"operations": operations}).encode()),
                                   ("b/metadata/hashes.json", b'{"file_hashes": {}}')] + [(f"b/files/updated/{path}", content) for path in paths]:
                    info = tarfile.TarInfo(name); info.size = len(data); tar.addfile(info, io.BytesIO(data))
            """
        let packed = try await Subprocess.run(
            Command(
                "/usr/bin/python3", ["-c", script, content, "\(files)", "\(isFlat)", "\(clears)", Self.manifest],
                workingDirectory: folder))
        try #require(packed.succeeded, "\(packed.errors)")
    }

    /// How many files have which content.
    private func contents(_ folder: String) throws -> [String: Int] {
        var found: [String: Int] = [:]
        for name in try Folders.names(in: folder) {
            for file in try Folders.names(in: "\(folder)/\(name)") {
                found[try Files.text("\(folder)/\(name)/\(file)") ?? "", default: 0] += 1
            }
        }
        return found
    }

    /// Every file has one content, and there are those of one shape alone.
    private func expectShape(_ workspace: String, files: Int, isFlat: Bool) throws {
        let found = try tree(workspace)
        #expect(Set(found.values).count == 1)
        let wanted = isFlat ? (0..<50).map { "d\($0)" } : (0..<files).map { "d\($0 % 50)/f\($0)" }
        #expect(Set(found.keys) == Set(wanted))
    }

    private static let client = "\(Files.folder(of: #filePath))/delta_client.py"

    private func with(_ body: (String) async throws -> Void) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/delta-tests-")
        defer { try? Folders.removeTree(folder) }
        try await body(folder)
    }
}
