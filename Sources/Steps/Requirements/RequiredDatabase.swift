import Database
import Engine
import Platform

/// A database that its bundle's scripts make, and bring on when a newer version has more of them.
///
/// That the file is there says nothing: its tables are looked at.
struct RequiredDatabase: Requirement {
    let path: String
    /// Paths of the scripts on this host, oldest first.
    let scripts: [String]
    let host: Host

    private static let largest = 16 << 20

    var place: String { path }
    var ownedThings: [OwnedThing] { [OwnedThing(.data, path, content: Self.mark)] }

    func difference(_ context: StepContext) async throws(StepFailure) -> Difference? {
        let database = ForeignDatabase(path)
        let wanted = "\(scripts.count) scripts done"
        let found: ForeignDatabase.Outline
        switch try await outline() {
        case nil: return Difference(path, found: "absent", wanted: wanted)
        case .cutOff?: return Difference(path, found: "not closed in order", wanted: "as it was before")
        case .outline(let outline)?: found = outline
        }
        if found.version < scripts.count {
            return Difference(path, found: "\(found.version) scripts done", wanted: wanted)
        }
        let texts = try await texts()
        let expected = try await stoppable { (stop) throws(DatabaseError) in
            try database.outline(after: texts, stop: stop)
        }
        // A newer version of the bundle may have dropped some.
        let missing = found.version == scripts.count ? expected.tables.subtracting(found.tables).sorted() : []
        return missing.isEmpty
            ? nil : Difference(path, found: "without \(missing.joined(separator: ", "))", wanted: "its tables")
    }

    func meet(_ context: StepContext) async throws(StepFailure) {
        let (database, texts) = (ForeignDatabase(path), try await texts())
        // One that was cut off is mended by being opened.
        if case .outline(let found)? = try await outline(), found.version >= scripts.count {
            throw hopeless(
                "its scripts were done, and tables are missing since",
                hint: "put a backup in its place; or move it away, and a new and empty one is made")
        }
        try await host.makeFolder(Files.folder(of: path), mode: 0o755)
        try await stoppable { (stop) throws(DatabaseError) in
            _ = try database.outline(after: texts, stop: stop)
            try database.migrate(texts, stop: stop)
        }
    }

    private enum Found {
        case outline(ForeignDatabase.Outline)
        case cutOff
    }

    private func outline() async throws(StepFailure) -> Found? {
        let (database, path) = (ForeignDatabase(path), path)
        guard try await onDisk({ () throws(SystemCallError) in try FileStatus.of(path) != nil }) else { return nil }
        return try await stoppable { (_) throws(DatabaseError) in
            do throws(DatabaseError) { return .outline(try database.outline()) } catch {
                guard case .cutOff = error else { throw error }
                return .cutOff
            }
        }
    }

    private func texts() async throws(StepFailure) -> [String] {
        var texts: [String] = []
        for script in scripts {
            let bytes = try await onDisk { () throws(SystemCallError) in
                try Files.readIfPresent(script, limit: Self.largest)
            }
            guard let text = bytes.flatMap({ String(validating: $0, as: UTF8.self) }) else {
                throw hopeless(
                    "its script \(script) is no text, or gone",
                    hint: "correct the bundle: its manifest names the script under \"databases\"")
            }
            texts.append(text)
        }
        return texts
    }

    private func stoppable<Value: Sendable>(
        _ body: @escaping @Sendable (StopFlag) throws(DatabaseError) -> Value
    ) async throws(StepFailure) -> Value {
        do throws(DatabaseError) { return try await onOwnStoppableThread(body) } catch { throw StepFailure(error) }
    }
}
