internal import Platform

/// How the delta service works; the environment's names are those of the service that it takes the place of.
struct DeltaSettings: Sendable {
    /// Every workspace lies beneath it.
    let root: String
    /// The collection that is told when a client names none.
    let collection: String
    /// In MiB.
    let mostMegabytes: Int
    let uploadTime: Duration
    /// What is called after an upload: a program, or an address to post to; nil: nothing.
    let hook: String?

    /// `WORK_DIR`, `COLLECTION_NAME`, `MAX_BUNDLE_SIZE_MB`, `UPLOAD_TIMEOUT_SECS`, `DELTA_HOOK`.
    ///
    /// `remembered` is the `WORK_DIR` of the hub that serves, for commands beside it that are not told one.
    static func ofEnvironment(data: String, remembered: String? = nil) throws(HubError) -> DeltaSettings {
        let text = { (name: String) in ProcessStart.environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        return DeltaSettings(
            root: try text("WORK_DIR").map(root) ?? remembered ?? Files.absolute("\(data)/workspaces"),
            collection: text("COLLECTION_NAME") ?? "workspace",
            mostMegabytes: try number("MAX_BUNDLE_SIZE_MB", text("MAX_BUNDLE_SIZE_MB"), 1...16_384) ?? 100,
            uploadTime: .seconds(try number("UPLOAD_TIMEOUT_SECS", text("UPLOAD_TIMEOUT_SECS"), 1...86_400) ?? 300),
            hook: text("DELTA_HOOK"))
    }

    /// `WORK_DIR` without slashes at its end.
    private static func root(_ text: String) throws(HubError) -> String {
        let slash = UInt8(ascii: "/")
        let root = String(decoding: text.utf8.reversed().drop { $0 == slash }.reversed(), as: UTF8.self)
        guard root.utf8.first == slash else {
            throw .badSetting(name: "$WORK_DIR", value: text, expected: "an absolute path, and not / itself")
        }
        return root
    }

    /// The folder that a client's path means.
    func workspace(_ path: String) throws(DeltaError) -> String { "\(root)/\(try place(of: path))" }

    /// What a client's path means beneath the root.
    ///
    /// A client sends a path of its own machine, or one beneath the root of a container that it knows from elsewhere: its
    /// last part is the workspace's name. What is relative, or names this service's own root, may lie deeper.
    func place(of path: String) throws(DeltaError) -> DeltaPath {
        let slash = UInt8(ascii: "/")
        let trimmed = path.utf8.last == slash ? Substring(path.utf8.dropLast()) : path[...]
        let inside: DeltaPath
        if trimmed.hasFirstBytes("\(root)/") {
            inside = try DeltaPath(String(decoding: trimmed.utf8.dropFirst(root.utf8.count + 1), as: UTF8.self))
        } else if trimmed.utf8.first == slash {
            guard !trimmed.hasSameBytes(as: root) else {
                throw .refused("\"\(path)\" is the folder of all workspaces, and none itself")
            }
            let whole = try DeltaPath(String(decoding: trimmed.utf8.dropFirst(), as: UTF8.self))
            inside = try DeltaPath(whole.name)
        } else {
            inside = try DeltaPath(String(trimmed))
        }
        guard !inside.text.hasFirstBytes(".delta") else {
            throw .refused("the workspace \"\(path)\" has a name of the service's own")
        }
        return inside
    }

    private static func number(_ name: String, _ text: String?, _ range: ClosedRange<Int>) throws(HubError) -> Int? {
        guard let text else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .badSetting(
                name: name, value: text, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
