import Database
import Platform
import Synchronization
import Testing

@testable import Hub

/// What becomes of uploads where the disk lets them neither go on nor back.
@Suite struct DeltaRecoveryTests {
    private static let isRoot = Account.currentUser == 0

    @Test(.enabled(if: isRoot, "needs root for chattr"), arguments: ["start", "upload"])
    func `what could not be taken back at once keeps its originals, and is taken back at the next`(
        moment: String
    ) async throws {
        try await with { place async throws in
            let originals = ["a/x": "old x", "z": "old z"]
            for (path, text) in originals { try write("\(place.workspace)/\(path)", text) }
            // "z" is gone before "a/x" can not be replaced, and "a/x" can not be put back before "z" is.
            let upload = try await place.upload([("deleted", "z"), ("updated", "a/x")])
            let service = try place.service()
            try await unchangeable("\(place.workspace)/a") {
                #expect(try refusal { try service.apply(upload) }.contains("the upload failed, and could not be taken"))
                let later = try place.service()
                #expect(place.warnings.count == 2, "\(place.warnings)")
                for service in [service, later] {
                    #expect(try refusal { try service.apply(upload) }.contains("an earlier upload could not be taken"))
                }
                #expect(try tree("\(place.root)/.delta").values.contains("old z"))
            }
            if moment == "start" {
                _ = try place.service()
                #expect(try tree(place.workspace) == originals)
            } else {
                #expect(try service.apply(upload).sequence == 1)
                #expect(try tree(place.workspace) == ["a/x": "new"])
            }
            #expect(try Folders.names(in: "\(place.root)/.delta") == [])
        }
    }

    @Test func `the hub starts where nothing can be kept aside, and keeps it until that is possible`() async throws {
        try await with { place async throws in
            try place.begin(isRecorded: true)
            try write("\(place.root)/.delta-aside", "a file where the folder belongs")
            let service = try place.service()
            #expect(place.warnings.count == 1 && place.warnings[0].contains(place.work), "\(place.warnings)")
            #expect(try Files.text("\(place.work)/folder-0/foreign") == "foreign")
            // It was carried through: others may come after it.
            #expect(try service.apply(try await place.upload([("updated", "changed")])).sequence == 6)
            try Files.remove("\(place.root)/.delta-aside")
            _ = try place.service()
            #expect(try tree("\(place.root)/.delta-aside") == ["w/1/d/foreign": "foreign"])
            #expect(try Folders.names(in: "\(place.root)/.delta") == [])
        }
    }

    @Test func `a workspace that was removed has nothing to take back, and the hub starts`() async throws {
        try await with { place async throws in
            try place.begin(isRecorded: false)
            try Folders.removeTree(place.workspace)
            _ = try place.service()
            #expect(place.warnings == [])
            #expect(try Folders.names(in: "\(place.root)/.delta") == [])
            #expect(try FileStatus.of(place.workspace) == nil)
        }
    }

    @Test
    func `where the journal's workspace lies beneath another WORK_DIR, the hub does not start and nothing is lost`()
        async throws
    {
        try await with { place async throws in
            try place.begin(isRecorded: false)
            try Files.rename(place.root, to: "\(place.data)/moved")
            let before = try tree("\(place.data)/moved")
            let settings = DeltaSettings(
                root: "\(place.data)/moved", collection: "c", mostMegabytes: 1, uploadTime: .seconds(1), hook: nil)
            #expect(throws: HubError.self) { try DeltaService(settings, store: place.hub.store) }
            #expect(try tree("\(place.data)/moved") == before)
        }
    }

    @Test func `a database that cannot be read stops the start, and takes back nothing`() async throws {
        try await with { place async throws in
            try place.begin(isRecorded: true)
            let before = try tree(place.root)
            try place.rename("delta_workspaces", to: "away")
            let error = #expect(throws: HubError.self) { try place.service() }
            guard case .database? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try tree(place.root) == before)
            try place.rename("away", to: "delta_workspaces")
            _ = try place.service()
            #expect(try Files.text("\(place.workspace)/changed") == "new")
        }
    }

    @Test(.enabled(if: isRoot, "needs root for chattr"))
    func `where a journal cannot be closed, no other upload comes, and none is taken back over a newer one`()
        async throws
    {
        try await with { place async throws in
            try place.begin(isRecorded: true)
            let upload = try await place.upload([("updated", "changed")], content: "newer")
            let service = try await unchangeable("\(place.work)/journal.json") {
                let service = try place.service()
                #expect(place.warnings.count == 1, "\(place.warnings)")
                #expect(try refusal { try service.apply(upload) }.contains("an earlier upload could not be taken"))
                return service
            }
            #expect(try service.apply(upload).sequence == 6)
            _ = try place.service()
            #expect(try Files.text("\(place.workspace)/changed") == "newer")
            #expect(try tree("\(place.root)/.delta-aside") == ["w/1/d/foreign": "foreign"])
        }
    }

    // MARK: Means

    /// A hub's folder with a workspace `w`.
    private final class Place: Sendable {
        let data: String
        let hub: Hub
        private let told = Mutex<[String]>([])

        var root: String { "\(data)/workspaces" }
        var workspace: String { "\(root)/w" }
        var work: String { "\(root)/.delta/apply-1" }
        var warnings: [String] { told.withLock { $0 } }

        init(_ data: String) throws {
            self.data = data
            hub = try Hub(data: data)
        }

        func service() throws -> DeltaService {
            try DeltaService(try .ofEnvironment(data: data), store: hub.store) { text in
                self.told.withLock { $0.append(text) }
            }
        }

        /// As a run leaves it that died: a file is changed, and a folder with something foreign in it became a file.
        func begin(isRecorded: Bool) throws {
            try write("\(work)/old-0", "old")
            try write("\(work)/folder-0/foreign", "foreign")
            for path in ["changed", "d"] { try write("\(workspace)/\(path)", "new") }
            try DeltaJournal(
                workspace: workspace, name: "apply-1", touched: [.init(path: DeltaPath("changed"), saved: "old-0")],
                folders: [], replaced: [.init(path: DeltaPath("d"), saved: "folder-0", isFolder: true, gone: [])],
                aside: "\(root)/.delta-aside/w/1"
            ).write(in: work)
            guard isRecorded else { return }
            try hub.store.record(
                .init(collection: "c", lastSequence: 5, lastUpload: .now(), journal: "apply-1"), at: workspace)
        }

        /// A bundle, packed by the real tar; every file that it brings has one content.
        func upload(
            _ operations: [(kind: String, path: String)], content: String = "new"
        ) async throws -> DeltaService.Upload {
            let folder = "\(data)/bundle"
            for one in operations where one.kind != "deleted" {
                try write("\(folder)/files/\(one.kind)/\(one.path)", content)
            }
            let manifest =
                #"{"version": "1", "bundle_id": "b", "workspace_path": "w", "created_at": "t", "sequence_number": null}"#
            try write("\(folder)/manifest.json", manifest)
            let lines = operations.map { #"{"operation": "\#($0.kind)", "path": "\#($0.path)"}"# }
            try write("\(folder)/metadata/operations.json", #"{"operations": [\#(lines.joined(separator: ", "))]}"#)
            try write("\(folder)/metadata/hashes.json", #"{"file_hashes": {}}"#)
            try await run("/usr/bin/tar", ["-C", folder, "-czf", "\(data)/b.tar.gz", "."])
            return .init(workspace: "w", collection: nil, sequence: nil, force: false, file: "\(data)/b.tar.gz")
        }

        func rename(_ table: String, to name: String) throws {
            try hub.store.local.write { database throws(DatabaseError) in
                try database.run("ALTER TABLE \(table) RENAME TO \(name)", [])
            }
        }
    }

    private func with(_ body: (Place) async throws -> Void) async throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/delta-recovery-")
        defer { try? Folders.removeTree(folder) }
        try await body(try Place("\(folder)/data"))
    }

    /// While `body` runs, not even root may change the file or the folder's entries.
    private func unchangeable<Value>(_ path: String, _ body: () throws -> Value) async throws -> Value {
        try await run("/usr/bin/chattr", ["+i", path])
        let result = Result { try body() }
        try await run("/usr/bin/chattr", ["-i", path])
        return try result.get()
    }

    /// Why it was not applied.
    private func refusal(_ body: () throws -> DeltaService.Outcome) throws -> String {
        let error = #expect(throws: DeltaError.self) { try body() }
        guard case .failed(let explanation)? = error else { return String(describing: error) }
        return explanation.summary
    }
}

private func run(_ program: String, _ arguments: [String]) async throws {
    let result = try await Subprocess.run(Command(program, arguments))
    try #require(result.succeeded, "\(result.errors)")
}
