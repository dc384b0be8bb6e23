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
                #expect(health.json?["work_dir"]?.text == "\(folder)/data/workspaces")
            }
        }
    }

    @Test func `what a service that died had begun is taken back, and what it had finished stays`() async throws {
        try await with { folder async throws in
            let (root, hub) = ("\(folder)/data/workspaces", try Hub(data: "\(folder)/data"))
            for name in ["half", "whole"] {
                let (workspace, work) = ("\(root)/\(name)", "\(root)/.delta/apply-\(name)")
                try Folders.make(workspace)
                try Folders.make(work)
                // Begun: the old content is kept, the new one in place, a new file and its folder made.
                try write("\(work)/old-0", "old")
                try write("\(workspace)/changed", "new")
                try write("\(workspace)/made/file", "new")
                try DeltaJournal(
                    workspace: workspace, name: "apply-\(name)",
                    touched: [.init(path: "changed", saved: "old-0"), .init(path: "made/file", saved: nil)],
                    folders: ["made"]
                ).write(in: work)
            }
            try hub.store.record(
                .init(collection: "c", lastSequence: 5, lastUpload: .now(), journal: "apply-whole"), at: "\(root)/whole"
            )
            _ = try DeltaService(try .ofEnvironment(data: "\(folder)/data"), store: hub.store)
            #expect(try Files.text("\(root)/half/changed") == "old")
            #expect(try Folders.names(in: "\(root)/half") == ["changed"])
            #expect(try Files.text("\(root)/whole/changed") == "new")
            #expect(try Files.text("\(root)/whole/made/file") == "new")
            #expect(try Folders.names(in: "\(root)/.delta") == [])
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
                    async let answer = Subprocess.run(
                        Command(
                            "/usr/bin/curl",
                            [
                                "-sS", "-F", "workspace_path=w", "-F", "bundle=@\(folder)/b.tar.gz",
                                "\(url)/api/v1/delta/upload",
                            ]))
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
            let key = try Hub(data: data).addDeltaKey("mine")
            #expect(throws: HubError.self) { try Hub(data: data).addDeltaKey("../other") }
            try await HubProgram.serving(data) { url, _ async throws in
                let status = "\(url)/api/v1/delta/status?workspace_path="
                let bearer = ["-H", "Authorization: Bearer \(key)"]
                #expect(try await Reply.curl(["\(status)mine"]).status == 401)
                #expect(try await Reply.curl(bearer + ["\(status)mine"]).status == 200)
                #expect(try await Reply.curl(bearer + ["\(status)mine/deeper"]).status == 200)
                #expect(try await Reply.curl(bearer + ["\(status)mine-not"]).status == 403)
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
                    "mkdir -p b/metadata; cd b; echo '{\"bundle_id\": \"b\", \"sequence_number\": null}' >manifest.json; "
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

    /// A bundle that gives every file this content.
    private func pack(_ folder: String, content: String, files: Int) async throws {
        let script = """
            import hashlib, json, os, sys, tarfile, io
            content, files = sys.argv[1].encode(), int(sys.argv[2])
            digest = "sha1:" + hashlib.sha1(content).hexdigest()
            paths = [f"d{n % 50}/f{n}" for n in range(files)]
            operations = [{"operation": "updated", "path": path, "relative_path": path, "content_hash": digest} for path in paths]
            with tarfile.open("b.tar.gz", "w:gz", compresslevel=1) as tar:
                for name, data in [("b/manifest.json", json.dumps({"bundle_id": "b", "sequence_number": None}).encode()),
                                   ("b/metadata/operations.json", json.dumps({"operations": operations}).encode()),
                                   ("b/metadata/hashes.json", b'{"file_hashes": {}}')] + [(f"b/files/updated/{path}", content) for path in paths]:
                    info = tarfile.TarInfo(name); info.size = len(data); tar.addfile(info, io.BytesIO(data))
            """
        let packed = try await Subprocess.run(
            Command("/usr/bin/python3", ["-c", script, content, "\(files)"], workingDirectory: folder))
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

    private static let client = "\(Files.folder(of: #filePath))/delta_client.py"

    private func write(_ path: String, _ text: String) throws {
        try Folders.make(Files.folder(of: path))
        try Files.replace(path, with: Array(text.utf8), mode: 0o644)
    }

    private func with(_ body: (String) async throws -> Void) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/delta-tests-")
        defer { try? Folders.removeTree(folder) }
        try await body(folder)
    }
}
